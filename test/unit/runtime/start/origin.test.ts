import { expect, test } from 'vitest'
import { endpointFor, firstEndpoint, originOf } from '../../../../plugin/runtime/start/origin.js'

const stream = { protocol: 'stream', confPort: 9000, port: 9000, tls: false, udp: false } as const
const quic = { protocol: 'http', confPort: 443, port: 443, tls: true, udp: true } as const
const http = { protocol: 'http', confPort: 80, port: 40001, tls: false, udp: false } as const
const https = { protocol: 'http', confPort: 443, port: 40002, tls: true, udp: false } as const

test('the first endpoint is the first of http over TCP', () => {
  expect(firstEndpoint([stream, quic, http, https])).toBe(http)
})

test('the first endpoint is of stream where there is no http', () => {
  expect(firstEndpoint([stream])).toBe(stream)
})

test('an origin has the scheme of its listen', () => {
  expect(originOf(http, 40001)).toBe('http://127.0.0.1:40001')
  expect(originOf(https, 32768)).toBe('https://127.0.0.1:32768')
})

test('a port of the conf is found, UDP aside', () => {
  expect(endpointFor([quic, https], 443)).toBe(https)
})

test('a port that the conf does not have is an error that lists those it has', () => {
  expect(() => endpointFor([quic, http, https], 8080)).toThrow(
    expect.objectContaining({ code: 'RUNTIME_PORT_UNKNOWN', message: expect.stringContaining('80, 443') }),
  )
})
