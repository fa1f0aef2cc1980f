import { expect, test } from 'vitest-openresty-leak/test'
import { seen } from '../seen.js'
import expected from './expected.json' with { type: 'json' }

test("a table with weak values holds the heap through the collector's saw-tooth", async ({ openresty }) => {
  const server = await openresty.start({ conf: 'nginx.conf' })
  const run = await server.measure({ request: '/t?id={n}' })

  expect(run).toHoldHeap()
  expect(seen(run, expected)).toEqual(expected)
})
