import { expect, test } from 'vitest'
import { planLanes } from '../../../../plugin/load/lane/lanes.js'
import { aim } from '../../../../plugin/load/plan/aim.js'
import type { RequestSpec } from '../../../../plugin/types/request.js'

const target = {
  url: 'http://127.0.0.1:8080',
  origin: (port: number) => `http${port === 8443 ? 's' : ''}://127.0.0.1:${port}`,
}

function lanes(requests: RequestSpec[], plan: { amount: number; connections: number; rate?: number }) {
  return planLanes(
    requests,
    requests.map((request) => aim(request, target)),
    plan,
  )
}

test('keeps virtual hosts of one port on the same connections', () => {
  const planned = lanes([{ path: 'http://a.test:8080/' }, { path: 'http://b.test:8080/', weight: 2 }, { path: '/' }], {
    amount: 100,
    connections: 10,
  })
  expect(planned).toEqual([
    {
      dial: expect.objectContaining({ address: { kind: 'tcp', host: '127.0.0.1', port: 8080 }, tls: undefined }),
      protocol: 'http1',
      indexes: [0, 1, 2],
      weights: [1, 2, 1],
      amount: 100,
      connections: 10,
      rate: undefined,
      keepAlive: true,
      streams: 4,
    },
  ])
})

test('parts what differs in port or TLS name, by weight', () => {
  const planned = lanes(
    [{ path: '/' }, { path: 'https://a.test:8443/', weight: 2 }, { path: 'https://b.test:8443/' }, { path: '/x' }],
    { amount: 500, connections: 13, rate: 100 },
  )
  expect(
    planned.map(({ dial: { address, tls }, amount, connections, rate }) => [
      address.kind === 'tcp' && address.port,
      tls?.servername,
      amount,
      connections,
      rate,
    ]),
  ).toEqual([
    [8080, undefined, 200, 5, 40],
    [8443, 'a.test', 200, 5, 40],
    [8443, 'b.test', 100, 3, 20],
  ])
})

test('gives each its connection, and none more connections than requests', () => {
  const planned = lanes([{ path: '/', weight: 98 }, { path: 'http://a.test:1/' }, { path: 'http://a.test:2/' }], {
    amount: 50,
    connections: 50,
  })
  expect(planned.map(({ amount, connections }) => [amount, connections])).toEqual([
    [49, 47],
    [1, 1],
  ])
})
