import { expect, test } from 'vitest-openresty-leak/test'
import { seen } from '../seen.js'
import expected from './expected.json' with { type: 'json' }

test('a reused table that is not cleared is a leak of its keys', async ({ openresty }) => {
  const server = await openresty.start({ conf: 'nginx.conf' })
  const run = await server.measure({ request: '/t?arg{n}=1' })

  expect(run).not.toHoldHeap()
  expect(seen(run, expected)).toEqual(expected)
})
