import { expect, test } from 'vitest-openresty-leak/test'
import { seen } from '../seen.js'
import expected from './expected.json' with { type: 'json' }

test('memory that waits for a collection which never ran is not called a leak', async ({ openresty }) => {
  const server = await openresty.start({ conf: 'nginx.conf' })
  const run = await server.measure({ request: '/t' })

  expect(() => expect(run).toHoldHeap()).toThrow(
    /finalizers hold it, and no collection is to come: the collector is stopped/,
  )
  expect(seen(run, expected)).toEqual(expected)
})
