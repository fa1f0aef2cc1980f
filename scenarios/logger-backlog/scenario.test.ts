import { expect, test } from 'vitest-openresty-leak/test'
import { seen } from '../seen.js'
import expected from './expected.json' with { type: 'json' }

test('a logger whose sink stalled is a leak', async ({ openresty }) => {
  const server = await openresty.start({ conf: 'nginx.conf' })
  const run = await server.measure({ request: '/t?id={n}' })

  expect(run).not.toHoldHeap()
  expect(seen(run, expected)).toEqual(expected)
})
