import { expect, test } from 'vitest-openresty-leak/test'
import { seen } from '../seen.js'
import expected from './expected.json' with { type: 'json' }

test('memory that only garbage points at, and that nothing frees, is lost before any collection says so', async ({
  openresty,
}) => {
  const server = await openresty.start({ conf: 'nginx.conf' })
  const run = await server.measure({ request: '/t' })

  expect(run).not.toHoldHeap()
  expect(seen(run, expected)).toEqual(expected)
})
