import { expect, test } from 'vitest-openresty-leak/test'
import { seen } from '../seen.js'
import expected from './expected.json' with { type: 'json' }

test('a timer per request that runs a second later holds the heap', async ({ openresty }) => {
  const server = await openresty.start({ conf: 'nginx.conf' })
  const run = await server.measure({ request: '/t?id={uuid}' })

  expect(run).toHoldHeap()
  expect(seen(run, expected)).toEqual(expected)
})
