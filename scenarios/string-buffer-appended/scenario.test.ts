import { expect, test } from 'vitest-openresty-leak/test'
import { seen } from '../seen.js'
import expected from './expected.json' with { type: 'json' }

test('a string.buffer that is never reset is a leak with a rate', async ({ openresty }) => {
  const server = await openresty.start({ conf: 'nginx.conf' })
  const run = await server.measure({ request: '/t?id={uuid}' })

  expect(run).not.toHoldHeap()
  expect(seen(run, expected)).toEqual(expected)
})
