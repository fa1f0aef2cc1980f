import { expect, test } from 'vitest-openresty-leak/test'
import { seen } from '../seen.js'
import expected from './expected.json' with { type: 'json' }

test('an lrucache that gets full in the last confirming round holds the heap', async ({ openresty }) => {
  const server = await openresty.start({ conf: 'nginx.conf' })
  const run = await server.measure({ request: '/t?path=/orders/{n}' })

  expect(run).toHoldHeap()
  expect(seen(run, expected)).toEqual(expected)
})
