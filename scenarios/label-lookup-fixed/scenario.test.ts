import { expect, test } from 'vitest-openresty-leak/test'
import { seen } from '../seen.js'
import expected from './expected.json' with { type: 'json' }

test('a lookup tree that is dropped when it is too big holds the heap', async ({ openresty }) => {
  const server = await openresty.start({ conf: 'nginx.conf' })
  const run = await server.measure({ request: '/t?user={n}' })

  expect(run).toHoldHeap()
  expect(seen(run, expected)).toEqual(expected)
})
