import { expect, test } from 'vitest-openresty-leak/test'
import { seen } from '../seen.js'
import expected from './expected.json' with { type: 'json' }

test('an init_worker_by_lua that failed is no pass', async ({ openresty }) => {
  const server = await openresty.start({ conf: 'nginx.conf' })
  const run = await server.measure({ request: '/t' })

  expect(run.reasons[0]).toMatch(/^init_worker_by_lua failed in [\s\S]*: cannot listen for events\n/)
  expect(seen(run, expected)).toEqual(expected)
})
