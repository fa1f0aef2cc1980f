import { expect, test } from 'vitest-openresty-leak/test'
import { seen } from '../seen.js'
import expected from './expected.json' with { type: 'json' }

test('a leak in one of two handlers tells which of them', async ({ openresty }) => {
  const server = await openresty.start({ conf: 'nginx.conf' })
  const run = await server.measure({ request: '/t' })

  expect(run).not.toHoldHeap()
  expect(run.growths[0]!.shortFile).toBe('audit/handler.lua')
  expect(seen(run, expected)).toEqual(expected)
})
