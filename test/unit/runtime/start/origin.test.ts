import { expect, test } from 'vitest'
import type { Endpoint } from '../../../../plugin/conf/listen-edits.js'
import { firstPlace, originOf, placeFor, placesOf } from '../../../../plugin/runtime/start/origin.js'

const plain = { socket: null, tls: false, udp: false, http2: 'no', proxyProtocol: false, servers: [] } as const
const tcp = (port: number) => ({ kind: 'tcp', host: '127.0.0.1', port }) as const
const stream: Endpoint = { ...plain, protocol: 'stream', port: 9000, bound: tcp(9000) }
const quic: Endpoint = { ...plain, protocol: 'http', port: 443, bound: tcp(443), udp: true }
const http: Endpoint = { ...plain, protocol: 'http', port: 80, bound: tcp(40001) }
const https: Endpoint = { ...plain, protocol: 'http', port: 443, bound: tcp(40002), tls: true }
const onSocket: Endpoint = {
  ...plain,
  protocol: 'http',
  port: null,
  socket: '/run/app.sock',
  bound: { kind: 'unix', path: '/t/app.sock' },
}

const places = (...endpoints: Endpoint[]) => placesOf(endpoints, (bound) => bound)

test('the first place is the first port of http over TCP', () => {
  expect(firstPlace(places(stream, quic, onSocket, http, https))).toMatchObject({ port: 80, name: 'port 80' })
})

test('the first place is a unix socket of http where it has no port', () => {
  expect(firstPlace(places(stream, onSocket))).toMatchObject({ socket: '/run/app.sock', name: 'unix:/run/app.sock' })
})

test('the first place is of stream where there is no http', () => {
  expect(firstPlace(places(stream))).toMatchObject({ protocol: 'stream' })
})

test('an origin has the scheme of its listen, and a socket is written as proxy_pass has it', () => {
  expect(places(http, https, onSocket).map(originOf)).toEqual([
    'http://127.0.0.1:40001',
    'https://127.0.0.1:40002',
    'http://unix:/t/app.sock:',
  ])
})

test('a place is reached where its address is published', () => {
  const reached = placesOf([http], () => ({ kind: 'tcp', host: '127.0.0.1', port: 32768 }))
  expect(reached.map(originOf)).toEqual(['http://127.0.0.1:32768'])
})

test('a port of the conf is found, UDP aside', () => {
  expect(placeFor(places(quic, https), 443)).toMatchObject({ tls: true })
})

test('a port that the conf does not have is an error that lists those it has', () => {
  expect(() => placeFor(places(quic, http, https), 8080)).toThrow(
    expect.objectContaining({ code: 'RUNTIME_PORT_UNKNOWN', message: expect.stringContaining('80, 443') }),
  )
})
