import { expect, test } from 'vitest-openresty-leak/test'
import { seen } from '../seen.js'
import expected from './expected.json' with { type: 'json' }

test('a context that goes with its stream holds the heap', async ({ openresty }) => {
  const server = await openresty.start({ conf: 'nginx.conf' })
  const request = { method: 'POST', path: '/catalogue.Items/Get', headers: { te: 'trailers' }, body: '\0\0\0\0\0' }
  const run = await server.measure({ request })

  expect(run.load?.protocol).toBe('h2c')
  expect(run).toHoldHeap()
  expect(seen(run, expected)).toEqual(expected)
})
