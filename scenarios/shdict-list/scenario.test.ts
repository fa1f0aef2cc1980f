import { expect, test } from 'vitest-openresty-leak/test'
import { seen } from '../seen.js'
import expected from './expected.json' with { type: 'json' }

test('a list in a shared dictionary that is never popped is named', async ({ openresty }) => {
  const server = await openresty.start({ conf: 'nginx.conf' })
  const run = await server.measure({ request: '/t' })

  expect(run).not.toHoldHeap()
  expect(run.process.growths).toMatchObject([{ zone: 'outbox', entriesPerRequest: 0 }])
  expect(seen(run, expected)).toEqual(expected)
})
