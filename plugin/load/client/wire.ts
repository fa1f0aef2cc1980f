import type { RequestSpec } from '../../types/request.js'
import { TAKES_BODY } from '../plan/request.js'

/** One request of HTTP/1.1, ready for the socket. */
export interface Http1Packet {
  readonly bytes: Buffer
  /** The answer to HEAD has no body, whatever its length says. */
  readonly head: boolean
  /** The client gives up this long after sending, in ms. */
  readonly abortAfterMs?: number
}

export function http1Packet(request: RequestSpec, host: string, path: string): Http1Packet {
  const { method, abortAfterMs } = request
  return {
    bytes: requestBytes(request, host, path),
    head: method === 'HEAD',
    ...(abortAfterMs !== undefined && { abortAfterMs }),
  }
}

/**
 * The bytes of one HTTP/1.1 request. Written here and not by autocannon's builder, which knows nine methods only, and
 * says `Connection: keep-alive` even beside a Connection header of the user's own.
 */
export function requestBytes(request: RequestSpec, host: string, path: string): Buffer {
  const headers = Object.entries(request.headers ?? {})
  const has = (wanted: string) => headers.some(([name]) => name.toLowerCase() === wanted)
  const lines = [`${request.method ?? 'GET'} ${path} HTTP/1.1`]
  if (!has('host')) lines.push(`Host: ${host}`)
  if (!has('connection')) lines.push('Connection: keep-alive')
  for (const [name, value] of headers) lines.push(`${name}: ${value}`)
  const body = Buffer.from(request.body ?? '')
  const framed = has('content-length') || has('transfer-encoding')
  if (!framed && (body.length > 0 || TAKES_BODY.has(request.method ?? 'GET'))) {
    lines.push(`Content-Length: ${body.length}`)
  }
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), body])
}
