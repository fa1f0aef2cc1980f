import { expect, test } from 'vitest-openresty-leak/test'
import { seen } from '../seen.js'
import expected from './expected.json' with { type: 'json' }

test('response bodies kept on errors only are a leak', async ({ openresty }) => {
  const server = await openresty.start({ conf: 'nginx.conf' })
  const run = await server.measure({ requests: [{ path: '/t', weight: 9 }, '/missing'], expectStatus: '200,404' })

  expect(run).not.toHoldHeap()
  expect(seen(run, expected)).toEqual(expected)
})
