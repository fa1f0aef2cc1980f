import { expect, test } from 'vitest-openresty-leak/test'
import { seen } from '../seen.js'
import expected from './expected.json' with { type: 'json' }

test('memory that is freed where it is used is none', async ({ openresty }) => {
  const server = await openresty.start({ conf: 'nginx.conf' })
  const run = await server.measure({ request: '/t' })

  expect(run).toHoldHeap()
  expect(seen(run, expected)).toEqual(expected)
})
