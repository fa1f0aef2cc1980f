import { type ClientHttp2Session, connect } from 'node:http2'
import type { Socket } from 'node:net'
import { performance } from 'node:perf_hooks'
import type { TLSSocket } from 'node:tls'
import { dial } from '../lane/dial.js'
import type { Lane } from '../lane/lane.js'
import type { DialPlan } from '../plan/aim.js'
import type { Http2Packet } from './packet.js'
import { Http2Stream, type StreamHost } from './stream.js'

export interface Http2ConnectionPlan {
  readonly dial: DialPlan
  /** False ends the connection after one request. */
  readonly keepAlive: boolean
  /** Requests that may be under way at once. */
  readonly streams: number
}

/**
 * A connection of HTTP/2 that is opened again whenever it ends. A server ends one by GOAWAY, commonly after so many requests
 * (`keepalive_requests`): streams under way are answered, those that it had not looked at come again on the next one.
 */
export class Http2Connection implements StreamHost {
  /** Resolves when all streams are finished and nothing is open any more. */
  readonly done: Promise<void>
  readonly #lane: Lane<Http2Packet>
  readonly #plan: Http2ConnectionPlan
  readonly #streams: readonly Http2Stream[]
  /** Streams that wait for the connection. */
  readonly #waiting = new Set<Http2Stream>()
  /** What is open, also that which takes no new stream any more. */
  readonly #sessions = new Set<ClientHttp2Session>()
  #session: ClientHttp2Session | undefined
  /** Those whose server began as HTTP/2 begins, with its settings. */
  readonly #greeted = new WeakSet<ClientHttp2Session>()
  #isConnecting = false
  /** When it began to connect. */
  #sinceMs = 0
  #isOver = false
  #resolve!: () => void

  constructor(lane: Lane<Http2Packet>, plan: Http2ConnectionPlan) {
    this.#lane = lane
    this.#plan = plan
    this.done = new Promise((resolve) => {
      this.#resolve = resolve
    })
    const count = plan.keepAlive ? plan.streams : 1
    this.#streams = Array.from({ length: count }, () => new Http2Stream(lane, this))
  }

  begin(): void {
    for (const stream of this.#streams) this.#lane.join(stream)
    for (const stream of this.#streams) stream.wake()
  }

  serve(stream: Http2Stream): void {
    if (this.#isReady) this.#lane.next(stream)
    else if (this.#lane.over) stream.finish()
    else {
      this.#waiting.add(stream)
      if (!this.#isConnecting) this.#open()
    }
  }

  get session(): ClientHttp2Session {
    return this.#session!
  }

  explain(session: ClientHttp2Session | undefined, cause: Error | undefined): Error | undefined {
    if (!session || this.#greeted.has(session)) return cause
    return new Error(
      `what listens there does not speak HTTP/2${cause ? ` (${cause.message})` : ''}: leave out --protocol, in a test protocol:`,
    )
  }

  used(): void {
    if (!this.#plan.keepAlive) this.#session?.close()
  }

  expire(nowMs: number, timeoutMs: number): void {
    if (!this.#isConnecting || nowMs - this.#sinceMs < timeoutMs) return
    this.#session?.destroy(new Error(`no connection within ${timeoutMs / 1000} s`))
  }

  /** After the last stream the connection ends. */
  finished(stream: Http2Stream): void {
    this.#waiting.delete(stream)
    if (!this.#streams.every((each) => each.isFinished)) return
    this.#isOver = true
    for (const session of this.#sessions) session.destroy()
    if (this.#sessions.size === 0) this.#resolve()
  }

  get #isReady(): boolean {
    return this.#session !== undefined && !this.#isConnecting && !this.#session.closed && !this.#session.destroyed
  }

  #open(): void {
    this.#isConnecting = true
    this.#sinceMs = performance.now()
    const { dial: dialPlan } = this.#plan
    const { socket } = dial(dialPlan)
    const session = connect(dialPlan.tls ? 'https://localhost' : 'http://localhost', {
      createConnection: () => socket,
      settings: { enablePush: false },
    })
    this.#session = session
    this.#sessions.add(session)
    let cause: Error | undefined
    session
      .once('remoteSettings', () => this.#greeted.add(session))
      .once('connect', () => {
        const refusal = whyNotHttp2(socket)
        if (refusal) session.destroy(refusal)
        else this.#connected()
      })
      .on('error', (error) => {
        cause ??= error
      })
      .once('close', () => {
        this.#lane.received(socket.bytesRead)
        this.#sessions.delete(session)
        this.#closed(session, cause)
      })
  }

  #connected(): void {
    this.#isConnecting = false
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const stream of waiting) stream.wake()
  }

  #closed(session: ClientHttp2Session, cause: Error | undefined): void {
    if (this.#isOver) {
      if (this.#sessions.size === 0) this.#resolve()
      return
    }
    if (this.#session !== session) return
    this.#session = undefined
    if (!this.#isConnecting) return
    this.#isConnecting = false
    // One loss for one connection: the other streams go on waiting until this one tries again.
    const [first] = this.#waiting
    if (!first) return
    this.#waiting.delete(first)
    this.#lane.lost(first, 'connect', -1, performance.now() - this.#sinceMs, cause)
  }
}

/** Over TLS both sides agree on what is spoken; a server that did not choose h2 would take HTTP/2 for something else. */
function whyNotHttp2(socket: Socket | TLSSocket): Error | undefined {
  if (!('alpnProtocol' in socket) || socket.alpnProtocol === 'h2') return undefined
  return new Error('the listener does not speak HTTP/2: in its TLS handshake it did not choose h2')
}
