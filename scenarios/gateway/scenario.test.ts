import { expect, test } from 'vitest-openresty-leak/test'

const headers = { 'X-Api-Key': 'key-{random:1-500}' }
const requests = ['/orders/{n}', '/users/{random:1-100}', '/none'].map((path) => ({ path, headers }))

test('the gateway keeps nothing of its requests', async ({ openresty }) => {
  const server = await openresty.start({ conf: 'nginx.conf' })
  expect(await server.measure({ requests, expectStatus: '200,404' })).toHoldHeap()
})
