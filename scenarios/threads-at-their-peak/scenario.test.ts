import { expect, test } from 'vitest-openresty-leak/test'
import { seen } from '../seen.js'
import expected from './expected.json' with { type: 'json' }

test('coroutines that a new peak of concurrency left behind hold the heap', async ({ openresty }) => {
  const server = await openresty.start({ conf: 'nginx.conf' })
  const run = await server.measure({ request: '/t', warmup: 1003, rounds: [2003, 2503, 3001, 3511, 4001] })

  expect(run).toHoldHeap()
  expect(seen(run, expected)).toEqual(expected)
})
