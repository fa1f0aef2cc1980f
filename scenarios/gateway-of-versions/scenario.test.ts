import { expect, test } from 'vitest-openresty-leak/test'
import { testPlants } from '../planted.js'
import expected from './expected.json' with { type: 'json' }

const paths = ['/orders/{n}', '/users/{random:1-100}', '/reports/{random:1-500}']
const [orders, users, reports] = paths.map((path) => ({
  path,
  headers: { 'X-Api-Key': 'key-{random:1-1000}' },
  weight: 20,
}))
const change = {
  path: 'http://127.0.0.1:9502/v1/routes/users',
  method: 'PUT',
  body: 'users /users/:id key_auth limit_count:count={random:1000000-2000000}',
}
const plan = { requests: [orders!, users!], expectStatus: '200,404', warmup: 2003, amount: 4000 }

test('the gateway keeps nothing of its requests, nor of the versions of its routes', async ({ openresty }) => {
  const server = await openresty.start({ conf: 'nginx.conf' })
  expect(await server.measure({ ...plan, requests: [orders!, users!, reports!, change] })).toHoldHeap()
})

testPlants(
  {
    'per-request': plan,
    'one-in-500': { ...plan, requests: [reports!], amount: 20_000 },
    // one after the other, since a poll takes all changes since the last one together
    'per-version': { ...plan, requests: [{ ...users!, weight: 49 }, change], connections: 1 },
    'per-reload': { ...plan, amount: 1000, reload: true },
    'per-connection': { ...plan, per: 'connection' },
    agent: plan,
    malloc: plan,
  },
  expected.plants,
  ['per-request'],
)
