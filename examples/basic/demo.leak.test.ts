import { expect, test } from 'vitest-openresty-leak/test'

test('GET /t keeps nothing', async ({ openresty }) => {
  const server = await openresty.start({ conf: 'nginx.conf' })
  const run = await server.measure({ request: '/t' })
  expect(run).toHoldHeap()
})
