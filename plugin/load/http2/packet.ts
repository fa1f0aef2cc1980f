import { constants, type OutgoingHttpHeaders } from 'node:http2'
import type { RequestSpec } from '../../types/request.js'
import { LoadError } from '../error.js'
import { TAKES_BODY } from '../plan/request.js'

/** One request of HTTP/2. */
export interface Http2Packet {
  readonly headers: OutgoingHttpHeaders
  readonly body: Buffer | undefined
  /** The client resets the stream this long after sending, in ms. */
  readonly abortAfterMs?: number
}

/**
 * A request as HTTP/2 has it: names in lower case, the Host header as `:authority`, the length of a body always told, since nginx's Lua
 * reads no body of unknown length there.
 * @throws LoadError `LOAD_BAD_REQUEST` for a header that speaks of the connection: HTTP/2 has none (RFC 9113, 8.2.2)
 */
export function http2Packet(request: RequestSpec, host: string, path: string): Http2Packet {
  const { method = 'GET', abortAfterMs } = request
  const headers: OutgoingHttpHeaders = {
    [constants.HTTP2_HEADER_METHOD]: method,
    [constants.HTTP2_HEADER_PATH]: path,
    [constants.HTTP2_HEADER_AUTHORITY]: host,
  }
  for (const [given, value] of Object.entries(request.headers ?? {})) {
    const name = given.toLowerCase()
    if (OF_CONNECTION.has(name)) {
      throw new LoadError(
        'LOAD_BAD_REQUEST',
        `header ${given} is about the connection, and HTTP/2 has no such header: leave it out, or ask by --protocol http1 (in a test protocol: 'http1')`,
      )
    }
    if (name !== 'host') headers[name] = value
  }
  const body = Buffer.from(request.body ?? '')
  if (body.length > 0 || TAKES_BODY.has(method)) headers['content-length'] ??= String(body.length)
  return {
    headers,
    body: body.length > 0 ? body : undefined,
    ...(abortAfterMs !== undefined && { abortAfterMs }),
  }
}

const OF_CONNECTION: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
])
