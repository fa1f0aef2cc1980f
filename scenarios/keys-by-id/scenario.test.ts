import { expect, test } from 'vitest-openresty-leak/test'
import { seen } from '../seen.js'
import expected from './expected.json' with { type: 'json' }

test('C memory that objects of a Lua table hold leaks with them, and is told by that table', async ({ openresty }) => {
  const server = await openresty.start({ conf: 'nginx.conf' })
  const run = await server.measure({ request: '/t?kid=key-{n}' })

  expect(run).not.toHoldHeap()
  expect(run).not.toStayWithinBudget({ 'package.loaded.keys': { malloc: '1 MB' } })
  expect(run).toStayWithinBudget({ 'process.malloc.lost': { total: '64 KB' } })
  expect(seen(run, expected)).toEqual(expected)
})
