import type { RequestSpec } from '../../types/request.js'

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

/** Methods whose empty body has to be announced (RFC 9110, 8.6). */
const TAKES_BODY: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH'])
