import { expect, test } from 'vitest-openresty-leak/test'
import { seen } from '../seen.js'
import expected from './expected.json' with { type: 'json' }

test('C memory that fills a worker before the cache is full that holds it is a leak', async ({ openresty }) => {
  const server = await openresty.start({ conf: 'nginx.conf' })
  const run = await server.measure({ request: '/t?name=shop-{n}.example', amount: 5000 })

  expect(run).not.toHoldHeap()
  expect(seen(run, expected)).toEqual(expected)
})
