import { describe, expect, test } from 'vitest'
import { aim } from '../../../../plugin/load/plan/aim.js'
import type { Place } from '../../../../plugin/types/place.js'

/** Publishes the conf's ports one hundred higher. */
const target = {
  url: 'http://127.0.0.1:8180',
  origin: (port: number) => `http${[443, 8443].includes(port) ? 's' : ''}://127.0.0.1:${port + 100}`,
}
const tcp = (port: number) => ({ kind: 'tcp', host: '127.0.0.1', port }) as const

function aPlace(place: Partial<Place>): Place {
  return {
    protocol: 'http',
    name: `port ${place.port}`,
    port: null,
    socket: null,
    address: tcp((place.port ?? 0) + 100),
    tls: false,
    http2: 'no',
    proxyProtocol: false,
    servers: [{ names: [], at: 'nginx.conf:7' }],
    ...place,
  }
}

test('sends a path to the first listen', () => {
  expect(aim({ path: '/t?x={n}' }, target)).toEqual({
    address: tcp(8180),
    tls: undefined,
    proxyPort: undefined,
    protocol: 'http1',
    host: '127.0.0.1:8180',
    path: '/t?x={n}',
  })
})

test("reaches a URL where its port is published and keeps the URL's host", () => {
  expect(aim({ path: 'http://api.test:9000/t/{uuid}?x=1#y' }, target)).toMatchObject({
    address: tcp(9100),
    host: 'api.test:9000',
    path: '/t/{uuid}?x=1',
  })
})

test('asks for the name of an https URL by SNI, but never for an address', () => {
  expect(aim({ path: 'https://api.test/?a' }, target)).toMatchObject({
    address: tcp(543),
    tls: { servername: 'api.test', alpn: [] },
    host: 'api.test',
    path: '/?a',
  })
  expect(aim({ path: 'https://[::1]:443' }, target)).toMatchObject({ tls: { servername: undefined }, path: '/' })
  expect(aim({ path: 'https://10.0.0.1:8443?a' }, target)).toMatchObject({
    tls: { servername: undefined },
    path: '/?a',
  })
})

test('lets a Host header win over the host of the URL, for SNI too', () => {
  const request = { path: 'https://a.test:8443/', headers: { host: 'b.test:8443' } }
  expect(aim(request, target)).toMatchObject({ host: 'b.test:8443', tls: { servername: 'b.test' } })
})

test('sends a path to a port of the conf that the request names', () => {
  expect(aim({ path: '/t', port: 8443 }, target)).toMatchObject({ address: tcp(8543), tls: { servername: undefined } })
})

describe('a unix socket', () => {
  const socket = aPlace({
    name: 'unix:/run/a.sock',
    socket: '/run/a.sock',
    address: { kind: 'unix', path: '/t/a.sock' },
  })
  const onSocket = { ...target, places: [socket] }

  test.each([{ path: '/t?x=1', socket: '/run/a.sock' }, { path: 'http://unix:/run/a.sock:/t?x=1' }])(
    'is reached where it lies, and told localhost as nginx tells it: %j',
    (request) => {
      expect(aim(request, onSocket)).toMatchObject({
        address: { kind: 'unix', path: '/t/a.sock' },
        host: 'localhost',
        path: '/t?x=1',
      })
    },
  )

  test('is where a path goes if the conf has nothing else', () => {
    expect(aim({ path: '/t' }, { ...onSocket, url: 'http://unix:/t/a.sock:' })).toMatchObject({
      address: { kind: 'unix', path: '/t/a.sock' },
    })
  })

  test('that the conf does not have is an error that lists what it has', () => {
    expect(() => aim({ path: '/t', socket: '/run/b.sock' }, onSocket)).toThrow(
      expect.objectContaining({
        code: 'LOAD_NO_LISTEN',
        message: expect.stringMatching(/does not listen on unix:\/run\/b\.sock; it listens on unix:\/run\/a\.sock\./),
      }),
    )
  })

  test('of a server whose conf is not known is taken as it is', () => {
    expect(aim({ path: '/t', socket: '/run/b.sock' }, target)).toMatchObject({
      address: { kind: 'unix', path: '/run/b.sock' },
    })
  })
})

describe('a listener of the PROXY protocol', () => {
  test("is told the conf's port, wherever it is published", () => {
    const places = [aPlace({ port: 8080, proxyProtocol: true })]
    expect(aim({ path: '/t', port: 8080 }, { ...target, places })).toMatchObject({
      address: tcp(8180),
      proxyPort: 8080,
    })
  })

  test('on a unix socket is told the port that is common', () => {
    const places = [
      aPlace({ socket: '/run/a.sock', address: { kind: 'unix', path: '/run/a.sock' }, proxyProtocol: true }),
    ]
    expect(aim({ path: '/t', socket: '/run/a.sock' }, { ...target, places })).toMatchObject({ proxyPort: 80 })
  })
})

describe('what is spoken', () => {
  const plain = aPlace({ port: 8080 })
  const both = aPlace({ port: 8443, tls: true, http2: 'also' })
  const only = aPlace({ port: 9090, http2: 'only' })
  const stream = aPlace({ port: 9000, protocol: 'stream' })
  const known = { ...target, places: [plain, both, only, stream] }

  test.each([
    ['HTTP/1.1 where nothing is wanted', 8080, undefined, 'http1', undefined],
    ['HTTP/1.1 where a listener speaks both', 8443, undefined, 'http1', []],
    ['HTTP/2 where it is wanted, agreed upon in the TLS handshake', 8443, 'h2', 'h2', ['h2']],
    ['HTTP/2 where a listener speaks nothing else', 9090, undefined, 'h2c', undefined],
  ] as const)('is %s', (_, port, wanted, protocol, alpn) => {
    const aimed = aim({ path: '/t', port }, known, wanted)
    expect(aimed.protocol).toBe(protocol)
    expect(aimed.tls?.alpn).toEqual(alpn)
  })

  test.each([
    [
      9090,
      'http1',
      /^port 9090 of the conf \(nginx\.conf:7\) speaks HTTP\/2 only, .* --protocol h2c, in a test protocol: 'h2c'$/,
    ],
    [
      8080,
      'h2c',
      /^port 8080 of the conf \(nginx\.conf:7\) does not speak HTTP\/2: add http2 to its listen, or leave out --protocol h2c/,
    ],
    [
      8080,
      'h2',
      /^port 8080 of the conf \(nginx\.conf:7\) has no TLS, and h2 is HTTP\/2 over TLS: ask for it by --protocol h2c/,
    ],
    [
      8443,
      'h2c',
      /^port 8443 of the conf \(nginx\.conf:7\) speaks TLS, and h2c is HTTP\/2 without it: ask for it by --protocol h2,/,
    ],
    [9000, undefined, /^port 9000 of the conf \(nginx\.conf:7\) is a listener of stream, which does not speak HTTP/],
  ] as const)(
    'that port %i does not speak, such as %s, is an error that names the listener and the option',
    (port, wanted, message) => {
      expect(() => aim({ path: '/t', port }, known, wanted)).toThrow(
        expect.objectContaining({ code: 'LOAD_PROTOCOL', message: expect.stringMatching(message) }),
      )
    },
  )

  test('a URL whose scheme is not that of its listener is an error that names the right one', () => {
    expect(() => aim({ path: 'http://a.test:8443/' }, known)).toThrow(/speaks TLS, .* write https:\/\//)
    expect(() => aim({ path: 'https://a.test:8080/' }, known)).toThrow(/has no TLS, .* write http:\/\//)
  })
})
