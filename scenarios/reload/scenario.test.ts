import { expect, test } from 'vitest-openresty-leak/test'
import { seen } from '../seen.js'
import expected from './expected.json' with { type: 'json' }

test('an old worker that is still draining after a reload holds nothing up', async ({ openresty }) => {
  const server = await openresty.start({ conf: 'nginx.conf' })
  void server.fetch('/slow').catch(() => undefined)
  await server.fetch('/t')
  await server.reload()
  const run = await server.measure({ request: '/t' })

  expect(run).toHoldHeap()
  expect(run.runtime.workers).toHaveLength(1)
  expect(seen(run, expected)).toEqual(expected)
})
