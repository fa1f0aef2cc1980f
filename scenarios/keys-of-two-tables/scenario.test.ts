import { expect, test } from 'vitest-openresty-leak/test'
import { seen } from '../seen.js'
import expected from './expected.json' with { type: 'json' }

test('keys that a cache has from another table hold the heap when that lets them go', async ({ openresty }) => {
  const server = await openresty.start({ conf: 'nginx.conf' })
  const run = await server.measure({ request: '/t?n={n}' })

  expect(run).toHoldHeap()
  expect(seen(run, expected)).toEqual(expected)
})
