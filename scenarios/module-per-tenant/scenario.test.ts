import { expect, test } from 'vitest-openresty-leak/test'
import { seen } from '../seen.js'
import expected from './expected.json' with { type: 'json' }

test('a module per request is a leak with one path', async ({ openresty }) => {
  const server = await openresty.start({ conf: 'nginx.conf' })
  const run = await server.measure({ request: '/t?tenant={uuid}', amount: 5000, warmup: 1000 })

  expect(run).not.toHoldHeap()
  expect(seen(run, expected)).toEqual(expected)
  expect(run.moved.length).toBeLessThan(20)
})
