import { expect, test } from 'vitest-openresty-leak/test'
import { seen } from '../seen.js'
import expected from './expected.json' with { type: 'json' }

test('what every reload adds to is a leak by reload', async ({ openresty }) => {
  const server = await openresty.start({ conf: 'nginx.conf' })
  const run = await server.measure({ request: '/t', reload: true })

  expect(run).not.toHoldHeap()
  expect(run.growths[0]!.per).toBe('reload')
  expect(seen(run, expected)).toEqual(expected)
})
