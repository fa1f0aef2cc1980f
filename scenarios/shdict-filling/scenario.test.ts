import { expect, test } from 'vitest-openresty-leak/test'
import { seen } from '../seen.js'
import expected from './expected.json' with { type: 'json' }

test('a shared dictionary that fills is named', async ({ openresty }) => {
  const server = await openresty.start({ conf: 'nginx.conf' })
  const run = await server.measure({ request: '/t' })

  expect(run).not.toHoldHeap()
  expect(run).toStayWithinBudget({ 'process.shm.tokens': { total: '8 MB' }, 'process.shm.settings': { total: 0 } })
  expect(seen(run, expected)).toEqual(expected)
})
