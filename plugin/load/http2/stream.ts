import { type ClientHttp2Session, type ClientHttp2Stream, constants, type IncomingHttpHeaders } from 'node:http2'
import { performance } from 'node:perf_hooks'
import type { Lane, LaneMember } from '../lane/lane.js'
import { CLIENT_CLOSED } from '../plan/status.js'
import type { Http2Packet } from './packet.js'

/** The connection that a stream is on, as the stream knows it. */
export interface StreamHost {
  /** Where a request that is to be sent now goes. */
  readonly session: ClientHttp2Session
  /** Gives a free stream its next request, once there is a connection that takes one. */
  serve(stream: Http2Stream): void
  /** Why a request on `session` got no answer: what its stream says, unless the server does not speak HTTP/2 at all. */
  explain(session: ClientHttp2Session | undefined, cause: Error | undefined): Error | undefined
  /** A request was answered, or given up. */
  used(): void
  /** Whoever waits for the connection has waited until now. */
  expire(nowMs: number, timeoutMs: number): void
  /** A stream takes no more requests. */
  finished(stream: Http2Stream): void
}

/** What is under way. */
interface Exchange {
  readonly request: number
  readonly session: ClientHttp2Session
  readonly stream: ClientHttp2Stream
  readonly dueMs: number
  readonly sinceMs: number
  status: number
  headers: readonly string[]
  body: Buffer[]
  /** When the answer was whole. */
  endMs: number | undefined
  cause: Error | undefined
  abort: NodeJS.Timeout | undefined
}

/** One of the requests that a connection of HTTP/2 may have under way: a stream at a time, each for one request. */
export class Http2Stream implements LaneMember<Http2Packet> {
  readonly #lane: Lane<Http2Packet>
  readonly #connection: StreamHost
  #exchange: Exchange | undefined
  #isFinished = false

  constructor(lane: Lane<Http2Packet>, connection: StreamHost) {
    this.#lane = lane
    this.#connection = connection
  }

  get busy(): boolean {
    return this.#exchange !== undefined
  }

  get isFinished(): boolean {
    return this.#isFinished
  }

  wake(): void {
    if (!this.busy && !this.#isFinished) this.#connection.serve(this)
  }

  send(request: number, { headers, body, abortAfterMs }: Http2Packet, dueMs: number, sinceMs: number): void {
    const { session } = this.#connection
    const stream = session.request(headers, { endStream: body === undefined })
    const exchange: Exchange = {
      request,
      session,
      stream,
      dueMs,
      sinceMs,
      status: 0,
      headers: [],
      body: [],
      endMs: undefined,
      cause: undefined,
      abort: undefined,
    }
    this.#exchange = exchange
    stream
      .on('response', (answer) => {
        exchange.status = answer[':status'] ?? 0
        if (this.#lane.keepBodies) exchange.headers = flat(answer)
      })
      .on('end', () => {
        exchange.endMs = performance.now()
      })
      .on('error', (error) => {
        exchange.cause = error
      })
      .on('close', () => this.#closed(exchange))
    if (this.#lane.keepBodies) stream.on('data', (chunk) => exchange.body.push(chunk))
    else stream.resume()
    if (body !== undefined) stream.end(body)
    if (abortAfterMs !== undefined) exchange.abort = setTimeout(() => this.#giveUp(exchange), abortAfterMs)
  }

  expire(nowMs: number, timeoutMs: number): void {
    const exchange = this.#exchange
    if (!exchange) this.#connection.expire(nowMs, timeoutMs)
    else if (nowMs - exchange.sinceMs >= timeoutMs) {
      this.#end(exchange)
      exchange.stream.close(constants.NGHTTP2_CANCEL)
      this.#lost('timeout', exchange, new Error(`no whole answer within ${timeoutMs / 1000} s`))
    }
  }

  finish(): void {
    if (this.#isFinished) return
    this.#isFinished = true
    if (this.#exchange) {
      const { stream } = this.#exchange
      this.#end(this.#exchange)
      stream.close(constants.NGHTTP2_CANCEL)
    }
    this.#connection.finished(this)
  }

  /** The stream is over, in whatever way; unless that was seen to before. */
  #closed(exchange: Exchange): void {
    if (this.#exchange !== exchange) return
    this.#end(exchange)
    const { stream, status, endMs, cause, request } = exchange
    if (stream.rstCode === constants.NGHTTP2_NO_ERROR && status > 0 && endMs !== undefined) {
      this.#answered(exchange, status, endMs)
    } else if (isRefusal(stream.rstCode, cause)) {
      this.#lane.refused(this, request)
    } else {
      this.#lost(cause ? 'reset' : 'closed', exchange, this.#connection.explain(exchange.session, cause))
    }
  }

  /** The client does not wait for the answer any longer, as planned: nginx calls that 499. */
  #giveUp(exchange: Exchange): void {
    if (this.#exchange !== exchange) return
    this.#end(exchange)
    exchange.stream.close(constants.NGHTTP2_CANCEL)
    this.#answered({ ...exchange, headers: [], body: [] }, CLIENT_CLOSED, performance.now())
  }

  #answered({ request, headers, body, dueMs }: Exchange, status: number, nowMs: number): void {
    this.#lane.answered(request, { status, headers, body, latencyMs: nowMs - dueMs }, nowMs)
    this.#connection.used()
    this.wake()
  }

  #lost(kind: 'reset' | 'closed' | 'timeout', { request, sinceMs }: Exchange, cause: Error | undefined): void {
    this.#lane.lost(this, kind, request, performance.now() - sinceMs, cause)
  }

  #end(exchange: Exchange): void {
    clearTimeout(exchange.abort)
    this.#exchange = undefined
  }
}

/** The server says that it did nothing with the request: RFC 9113, 8.7. */
function isRefusal(code: number | undefined, cause: Error | undefined): boolean {
  return (
    code === constants.NGHTTP2_REFUSED_STREAM ||
    (cause as NodeJS.ErrnoException | undefined)?.code === 'ERR_HTTP2_GOAWAY_SESSION'
  )
}

/** Name, value, name, value. */
function flat(headers: IncomingHttpHeaders): string[] {
  return Object.entries(headers)
    .filter(([name]) => !name.startsWith(':'))
    .flatMap(([name, value]) => [value ?? []].flat().flatMap((each) => [name, each]))
}
