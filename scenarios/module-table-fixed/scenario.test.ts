import { expect, test } from 'vitest-openresty-leak/test'
import { seen } from '../seen.js'
import expected from './expected.json' with { type: 'json' }

test('a module table with a bound holds the heap', async ({ openresty }) => {
  const server = await openresty.start({ conf: 'nginx.conf' })
  const run = await server.measure({ request: '/t' })

  expect(run).toHoldHeap()
  expect(run).toStayWithinBudget({ 'package.loaded.demo.foo': { strings: '64 KB', tables: '16 KB' } })
  expect(seen(run, expected)).toEqual(expected)
})
