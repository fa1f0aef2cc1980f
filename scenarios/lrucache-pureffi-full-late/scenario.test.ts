import { expect, test } from 'vitest-openresty-leak/test'
import { seen } from '../seen.js'
import expected from './expected.json' with { type: 'json' }

test('a resty.lrucache.pureffi that gets full in the last confirming round holds the heap', async ({ openresty }) => {
  const server = await openresty.start({ conf: 'nginx.conf' })
  const run = await server.measure({ request: '/t?address=198.51.{n}' })

  expect(run).toHoldHeap()
  expect(seen(run, expected)).toEqual(expected)
})
