import { describe, expect, test } from 'vitest'
import { packetBuilder, scriptedBuilder } from '../../../../plugin/load/client/packet.js'
import { http1Packet } from '../../../../plugin/load/client/wire.js'
import type { RequestSpec } from '../../../../plugin/types/request.js'

const values = (n = 0) => ({ n, random: () => 0.5 })
const aimed = (path: string) => ({ host: 'a.test', path })

function text(request: RequestSpec, n = 0): string {
  return packetBuilder(request, aimed(request.path), http1Packet)(values(n)).bytes.toString()
}

describe('the bytes of a request', () => {
  test('are a line, the headers and the body', () => {
    expect(text({ method: 'PUT', path: '/t', headers: { 'X-A': '1' }, body: 'häl' })).toBe(
      'PUT /t HTTP/1.1\r\nHost: a.test\r\nConnection: keep-alive\r\nX-A: 1\r\nContent-Length: 4\r\n\r\nhäl',
    )
  })

  test('leave Host, Connection and framing to the headers that are given', () => {
    const headers = { host: 'b.test', connection: 'close', 'Transfer-Encoding': 'chunked' }
    expect(text({ method: 'POST', path: '/', headers, body: '0\r\n\r\n' })).toBe(
      'POST / HTTP/1.1\r\nhost: b.test\r\nconnection: close\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    )
  })

  test('announce an empty body for POST, none for GET', () => {
    expect(text({ method: 'POST', path: '/' })).toContain('\r\nContent-Length: 0\r\n')
    expect(text({ path: '/' })).not.toContain('Content-Length')
  })

  test('are built once where nothing is filled in', () => {
    const build = packetBuilder({ path: '/t' }, aimed('/t'), http1Packet)
    expect(build(values(1))).toBe(build(values(2)))
  })

  test('are filled in anew in path, headers and body', () => {
    const request = { method: 'POST', path: '/{n}', headers: { 'X-N': '{n}' }, body: '{"n":{n}}' }
    expect(text(request, 12)).toBe(
      'POST /12 HTTP/1.1\r\nHost: a.test\r\nConnection: keep-alive\r\nX-N: 12\r\nContent-Length: 8\r\n\r\n{"n":12}',
    )
  })

  test('say whether the answer has no body', () => {
    expect(packetBuilder({ method: 'HEAD', path: '/' }, aimed('/'), http1Packet)(values()).head).toBe(true)
    expect(packetBuilder({ path: '/{n}' }, aimed('/{n}'), http1Packet)(values()).head).toBe(false)
  })
})

describe("a script's request hook", () => {
  const planned: RequestSpec = { name: 'GET /t', method: 'GET', path: '/t', weight: 1 }
  const send = (hook: Parameters<typeof scriptedBuilder>[3], n = 0) =>
    scriptedBuilder(planned, aimed('/t'), http1Packet, hook)(values(n)).bytes.toString().split('\r\n')[0]

  test('is told the plan and the number, and replaces the request', () => {
    expect(send(({ path }, n) => `POST ${path}/${n}`, 3)).toBe('POST /t/3 HTTP/1.1')
  })

  test('leaves the request alone by returning nothing', () => {
    expect(send(() => undefined)).toBe('GET /t HTTP/1.1')
  })

  test('shows its stack when it throws', () => {
    const hook = function brokenHook(): never {
      throw new TypeError('boom')
    }
    expect(() => send(hook)).toThrow(
      /^request\(\) of the load script threw; the load was stopped\. TypeError: boom\n.*brokenHook/,
    )
  })

  test('may not change the server', () => {
    expect(() => send(() => 'http://b.test/')).toThrow(/returned http:\/\/b\.test\/: return a path/)
  })
})
