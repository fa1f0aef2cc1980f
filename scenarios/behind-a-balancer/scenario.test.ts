import { expect, test } from 'vitest-openresty-leak/test'
import { seen } from '../seen.js'
import expected from './expected.json' with { type: 'json' }

test('a list of clients behind a balancer is a leak, and the listener gets the PROXY header that it needs', async ({
  openresty,
}) => {
  const server = await openresty.start({ conf: 'nginx.conf' })
  const run = await server.measure({ request: '/t' })

  expect(run).not.toHoldHeap()
  expect(seen(run, expected)).toEqual(expected)
})
