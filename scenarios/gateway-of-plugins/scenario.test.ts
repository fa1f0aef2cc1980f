import { expect, test } from 'vitest-openresty-leak/test'
import { testPlants } from '../planted.js'
import expected from './expected.json' with { type: 'json' }

const [orders, users, none] = ['/orders/{n}', '/users/{random:1-100}', '/none'].map((path) => ({
  path,
  headers: { 'X-Api-Key': 'key-{random:1-500}' },
  weight: 5,
}))
const change = {
  path: 'http://127.0.0.1:9402/routes/orders',
  method: 'PUT',
  body: '/orders/ /v{random:2-3}/orders/ orders.internal',
}
const plan = { requests: [orders!, users!], expectStatus: '200,401,404', warmup: 2003, amount: 4000 }

test('the gateway keeps nothing of its requests', async ({ openresty }) => {
  const server = await openresty.start({ conf: 'nginx.conf' })
  expect(await server.measure({ ...plan, requests: [orders!, users!, none!, change] })).toHoldHeap()
})

const changes = { ...plan, requests: [{ ...orders!, weight: 9 }, change] }
testPlants(
  {
    'per-request': plan,
    'one-in-500': { ...plan, amount: 20_000 },
    'per-version': changes,
    // a key that gets in: no counter of refusals comes late
    'per-reload': {
      ...plan,
      requests: [{ path: '/users/1' }],
      headers: { 'X-Api-Key': 'key-1' },
      amount: 1000,
      reload: true,
    },
    'per-connection': { ...plan, per: 'connection' },
    broker: changes,
    malloc: plan,
  },
  expected.plants,
  ['broker'],
)
