import { expect, test } from 'vitest-openresty-leak/test'
import { seen } from '../seen.js'
import expected from './expected.json' with { type: 'json' }

test('timers that wait are told by their own body beside one that is there throughout', async ({ openresty }) => {
  const server = await openresty.start({ conf: 'nginx.conf' })
  const run = await server.measure({ request: '/t' })

  expect(run).not.toHoldHeap()
  expect(seen(run, expected)).toEqual(expected)
})
