import { expect, test } from 'vitest-openresty-leak/test'
import { seen } from '../seen.js'
import expected from './expected.json' with { type: 'json' }

test('a slow leak is found below a store that falls by itself', async ({ openresty }) => {
  const server = await openresty.start({ conf: 'nginx.conf' })
  const run = await server.measure({ request: '/t', idleMs: 1500 })

  expect(run).not.toHoldHeap()
  expect(seen(run, expected)).toEqual(expected)
})
