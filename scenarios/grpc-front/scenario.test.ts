import { expect, test } from 'vitest-openresty-leak/test'
import { seen } from '../seen.js'
import expected from './expected.json' with { type: 'json' }

test('a context kept for each stream is a leak, asked over HTTP/2 since nothing else is spoken there', async ({
  openresty,
}) => {
  const server = await openresty.start({ conf: 'nginx.conf' })
  const request = { method: 'POST', path: '/catalogue.Items/Get', headers: { te: 'trailers' }, body: '\0\0\0\0\0' }
  const run = await server.measure({ request, protocol: 'h2c' })

  expect(run.load?.protocol).toBe('h2c')
  expect(run).not.toHoldHeap()
  expect(seen(run, expected)).toEqual(expected)
})
