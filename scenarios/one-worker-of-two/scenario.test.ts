import { expect, test } from 'vitest-openresty-leak/test'
import { seen } from '../seen.js'
import expected from './expected.json' with { type: 'json' }

test('a leak in one of two workers is found, and the worker named', async ({ openresty }) => {
  const server = await openresty.start({ conf: 'nginx.conf', workers: 2 })
  const run = await server.measure({ request: '/t', connections: 64 })

  expect(run).not.toHoldHeap()
  expect(run.growths[0]?.workers.map(({ share, perRequest }) => ({ share, perRequest }))).toEqual([
    { share: 1, perRequest: 1 },
    { share: 0, perRequest: 0 },
  ])
  expect(seen(run, expected)).toEqual(expected)
})
