import { expect, test } from 'vitest-openresty-leak/test'
import { seen } from '../seen.js'
import expected from './expected.json' with { type: 'json' }

test('a log phase that fails with each request is no pass', async ({ openresty }) => {
  const server = await openresty.start({ conf: 'nginx.conf' })
  const run = await server.measure({ request: '/t' })

  // The request before the warm-up fails behind its answer, too: its entry may come after the warm-up has begun.
  expect(run.reasons[0]).toMatch(/^Lua code failed 500[34] times[\s\S]*failed to run log_by_lua\*: .*audit\.lua:5: /)
  expect(seen(run, expected)).toEqual(expected)
})
