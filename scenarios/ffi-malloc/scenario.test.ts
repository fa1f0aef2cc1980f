import { expect, test } from 'vitest-openresty-leak/test'
import { seen } from '../seen.js'
import expected from './expected.json' with { type: 'json' }

test('memory from malloc that is never freed is a leak off the Lua heap', async ({ openresty }) => {
  const server = await openresty.start({ conf: 'nginx.conf' })
  const run = await server.measure({ request: '/t' })

  expect(run).not.toHoldHeap()
  expect(run).not.toStayWithinBudget({ 'process.malloc': { total: '1 MB' } })
  expect(run).toStayWithinBudget({ 'process.malloc': { bytesPerRequest: 2100 } })
  expect(seen(run, expected)).toEqual(expected)
})
