import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { expect, test } from 'vitest-openresty-leak/test'
import { seen } from '../seen.js'
import expected from './expected.json' with { type: 'json' }

test('lookups that wait for their timeout hold the heap', async ({ openresty }) => {
  await using silent = createSocket('udp4').bind(0, '127.0.0.1')
  await once(silent, 'listening')
  const server = await openresty.start({
    conf: 'nginx.conf',
    replace: [['127.0.0.1:53', `127.0.0.1:${silent.address().port}`]],
  })
  const run = await server.measure({ request: '/t' })

  expect(run).toHoldHeap()
  expect(seen(run, expected)).toEqual(expected)
})
