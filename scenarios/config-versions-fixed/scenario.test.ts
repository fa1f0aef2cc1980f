import { expect, test } from 'vitest-openresty-leak/test'
import { seen } from '../seen.js'
import expected from './expected.json' with { type: 'json' }

test('what every reload adds to and takes from holds the heap', async ({ openresty }) => {
  const server = await openresty.start({ conf: 'nginx.conf' })
  const run = await server.measure({ request: '/t', reload: true })

  expect(run).toHoldHeap()
  expect(seen(run, expected)).toEqual(expected)
})
