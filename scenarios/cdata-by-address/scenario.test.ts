import { expect, test } from 'vitest-openresty-leak/test'
import { seen } from '../seen.js'
import expected from './expected.json' with { type: 'json' }

test('cdata cached under the address of a table is a leak', async ({ openresty }) => {
  const server = await openresty.start({ conf: 'nginx.conf' })
  const run = await server.measure({ request: '/t' })

  expect(run).not.toHoldHeap()
  expect(run.growths[0]?.types.cdata?.ctypes).toEqual([
    { name: 'struct picker', finalizer: 'picker.lua:11', objects: run.requests.completed },
  ])
  expect(seen(run, expected)).toEqual(expected)
})
