import { expect, test } from 'vitest-openresty-leak/test'
import { seen } from '../seen.js'
import expected from './expected.json' with { type: 'json' }

test('a limit_req zone holds', async ({ openresty }) => {
  const server = await openresty.start({ conf: 'nginx.conf' })
  const run = await server.measure({ request: '/t?client={n}' })

  expect(run).toHoldHeap()
  expect(run.process.moved).toMatchObject([{ class: 'bounded', category: 'shm', zone: 'clients' }])
  expect(seen(run, expected)).toEqual(expected)
})
