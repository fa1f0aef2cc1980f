import type { Socket } from 'node:net'
import { performance } from 'node:perf_hooks'
import { dial, type Receiver } from '../lane/dial.js'
import type { Lane, LaneAnswer, LaneMember } from '../lane/lane.js'
import type { DialPlan } from '../plan/aim.js'
import { CLIENT_CLOSED } from '../plan/status.js'
import { type AutocannonClient, type HeadersInfo, isAtBeginning } from './client.js'
import { wholeAnswer } from './whole-answer.js'
import type { Http1Packet } from './wire.js'

type State = 'connecting' | 'idle' | 'busy' | 'finished'

/**
 * One of autocannon's clients, taken over so that nothing it sends or receives goes uncounted.
 *
 * autocannon hands out its clients through `setupClient`, before they connect. Left alone, a client counts what it sent
 * and not what was answered; after a close it writes on the dead connection, keeps the lost request in its queue, so
 * that every later answer is taken for the one before, and opens a second connection into the same parser when the
 * reset arrives. None of its public events can undo that. So its parser and its run loop are used as they are, the
 * parser for what does not come as one whole answer, and the rest is done here: when to connect and to send, what is lost.
 */
export class Connection implements LaneMember<Http1Packet>, Receiver {
  readonly buffer = Buffer.allocUnsafeSlow(READ_BYTES)
  readonly #client: AutocannonClient
  readonly #lane: Lane<Http1Packet>
  readonly #dialPlan: DialPlan
  #state: State = 'connecting'
  /** When the connection began to wait: for the handshake or for an answer. */
  #sinceMs = 0
  #dueMs = 0
  #request = -1
  #packet: Http1Packet | undefined
  #info: HeadersInfo | undefined
  #body: Buffer[] = []
  /** The first bytes of the connection. */
  #greeting: Buffer | undefined
  /** Runs while a request is under way that the client will give up. */
  #abort: NodeJS.Timeout | undefined
  /** The connection must not be used again. */
  #spent = false
  /** The socket whose bytes are still to be counted. */
  #socket: Socket | undefined

  constructor(client: AutocannonClient, lane: Lane<Http1Packet>, dialPlan: DialPlan) {
    this.#client = client
    this.#lane = lane
    this.#dialPlan = dialPlan
    // autocannon calls it once the client is whole, and then waits for the client to be done
    client._connect = () => {
      this.#hookParser()
      this.#open()
    }
  }

  /** Whether a request is under way. */
  get busy(): boolean {
    return this.#state === 'busy'
  }

  /** Longest wait is over: what was waited for counts as lost. */
  expire(nowMs: number, timeoutMs: number): void {
    if (nowMs - this.#sinceMs < timeoutMs) return
    if (this.#state === 'busy') this.#fail('timeout', new Error(`no whole answer within ${timeoutMs / 1000} s`))
    else if (this.#state === 'connecting')
      this.#fail('connect', new Error(`no connection within ${timeoutMs / 1000} s`))
  }

  /** Go on after a wait for the next due time or for a retry. */
  wake(): void {
    if (this.#state !== 'idle') return
    if (this.#spent) this.#reopen()
    else this.#lane.next(this)
  }

  send(request: number, packet: Http1Packet, dueMs: number, nowMs: number): void {
    this.#state = 'busy'
    this.#request = request
    this.#packet = packet
    this.#dueMs = dueMs
    this.#sinceMs = nowMs
    this.#client.conn.write(packet.bytes)
    if (packet.abortAfterMs !== undefined) this.#abort = setTimeout(() => this.#giveUp(), packet.abortAfterMs)
  }

  finish(): void {
    clearTimeout(this.#abort)
    if (this.#state === 'finished') return
    this.#state = 'finished'
    this.#countBytes()
    this.#client.destroy()
  }

  #open(): void {
    this.#spent = false
    this.#state = 'connecting'
    this.#sinceMs = performance.now()
    const { socket, ready } = dial(this.#dialPlan, this)
    this.#socket = socket
    this.#client.conn = socket
    socket
      .once(ready, () => {
        this.#state = 'idle'
        this.#lane.next(this)
      })
      .on('end', () => this.#ended(undefined))
      .on('error', (error) => this.#ended(error))
  }

  #hookParser(): void {
    const { parser, timeoutTicker } = this.#client
    const { kOnHeadersComplete, kOnBody, kOnMessageComplete } = parser.constructor
    // expire() watches over all connections with one timer; this one would be moved at every request.
    timeoutTicker.clear()
    parser[kOnHeadersComplete] = (info: HeadersInfo) => {
      this.#info = info
      return this.#packet?.head ? 1 : 0
    }
    parser[kOnBody] = (chunk: Buffer, start: number, length: number) => {
      if (this.#lane.keepBodies) this.#body.push(Buffer.from(chunk.subarray(start, start + length)))
    }
    parser[kOnMessageComplete] = () => this.#messageComplete()
  }

  receive(bytes: Buffer, length: number): void {
    this.#greeting ??= Buffer.from(bytes.subarray(0, Math.min(length, GREETING_BYTES)))
    const status = this.#mayReadWhole ? wholeAnswer(bytes, length) : undefined
    if (status === undefined) {
      this.#parse(bytes.subarray(0, length))
      return
    }
    const nowMs = performance.now()
    this.#answered({ status, headers: [], body: [], latencyMs: nowMs - this.#dueMs }, nowMs)
    this.#lane.next(this)
  }

  /** Whether all that is awaited is the status of an answer of which no byte has come. */
  get #mayReadWhole(): boolean {
    if (this.#state !== 'busy' || this.#lane.keepBodies || this.#packet?.head) return false
    return isAtBeginning(this.#client.parser)
  }

  #parse(chunk: Buffer): void {
    const wasBusy = this.#state === 'busy'
    const read = this.#client.parser.execute(chunk)
    if (read instanceof Error) this.#spent = true
    if (this.#state === 'busy' && read instanceof Error) this.#fail('closed', read)
    else if (this.#state === 'idle' && this.#spent) this.#reopen()
    // Not before the whole chunk is read: a second answer in it must not pass for that of the next request.
    else if (this.#state === 'idle' && wasBusy) this.#lane.next(this)
  }

  #messageComplete(): void {
    const info = this.#info
    if (!info || isInterim(info.statusCode)) return
    if (this.#state !== 'busy') {
      // An answer that nobody asked for (a 408 on an idle connection): what follows can't be told apart any more.
      this.#spent = true
      return
    }
    const nowMs = performance.now()
    const body = this.#body
    this.#spent = !staysOpen(info, this.#packet?.head ?? false)
    if (body.length > 0) this.#body = []
    const { statusCode: status, headers } = info
    this.#answered({ status, headers, body, latencyMs: nowMs - this.#dueMs }, nowMs)
  }

  #answered(answer: LaneAnswer, nowMs: number): void {
    clearTimeout(this.#abort)
    this.#state = 'idle'
    this.#lane.answered(this.#request, answer, nowMs)
  }

  /** The client does not wait for the answer any longer, as planned: nginx calls that 499. */
  #giveUp(): void {
    if (this.#state !== 'busy') return
    const nowMs = performance.now()
    this.#answered({ status: CLIENT_CLOSED, headers: [], body: [], latencyMs: nowMs - this.#dueMs }, nowMs)
    this.#reopen()
  }

  /** The peer ended the connection, or the socket failed. */
  #ended(cause: Error | undefined): void {
    const wasBusy = this.#state === 'busy'
    // The end of the connection is the end of a body without a length.
    if (wasBusy && !cause) this.#client.parser.finish()
    if (this.#state === 'busy') this.#fail(cause ? 'reset' : 'closed', cause)
    else if (this.#state === 'connecting') this.#fail('connect', cause)
    else if (wasBusy) this.#reopen()
    else if (this.#state === 'idle') this.#drop()
  }

  #fail(kind: 'connect' | 'reset' | 'timeout' | 'closed', cause?: Error): void {
    const lost = this.#state === 'busy' ? this.#request : -1
    const waitedMs = performance.now() - this.#sinceMs
    const greeting = this.#greeting
    this.#drop()
    this.#lane.lost(this, kind, lost, waitedMs, beginsAsHttp2(greeting) ? new Error(SPEAKS_HTTP2) : cause)
  }

  #reopen(): void {
    this.#drop()
    if (this.#lane.over) this.finish()
    else this.#open()
  }

  #drop(): void {
    clearTimeout(this.#abort)
    this.#countBytes()
    this.#state = 'idle'
    this.#spent = true
    this.#info = undefined
    this.#packet = undefined
    this.#body = []
    this.#greeting = undefined
    this.#client.conn
      .removeAllListeners('end')
      .removeAllListeners('error')
      .on('error', () => {})
      .destroy()
    this.#client.parser.reinitialize(this.#client.parser.type)
  }

  #countBytes(): void {
    if (this.#socket) this.#lane.received(this.#socket.bytesRead)
    this.#socket = undefined
  }
}

/** As much as Node itself reads at once. */
const READ_BYTES = 65_536
/** Enough of a connection's beginning to tell HTTP/2 by. */
const GREETING_BYTES = 9

const SPEAKS_HTTP2 =
  "what listens there speaks HTTP/2 and not HTTP/1.1: ask for it by --protocol h2c, in a test protocol: 'h2c'"

/** A server of HTTP/2 begins with a SETTINGS frame, whatever it is sent (RFC 9113, 3.4): 9 bytes of head, then 6 for each setting. */
function beginsAsHttp2(bytes: Buffer | undefined): boolean {
  if (!bytes || bytes.length < GREETING_BYTES) return false
  return bytes.readUIntBE(0, 3) % 6 === 0 && bytes[3] === 4 && bytes[4] === 0 && bytes.readUInt32BE(5) === 0
}

function isInterim(status: number): boolean {
  return status < 200 && status !== 101
}

/** Whether the server will take another request; the parser does not know that an answer to HEAD needs no length. */
function staysOpen(info: HeadersInfo, head: boolean): boolean {
  if (info.statusCode === 101) return false
  if (info.shouldKeepAlive || !head) return info.shouldKeepAlive
  const closes = info.headers.some(
    (value, index) =>
      index % 2 === 1 && info.headers[index - 1]?.toLowerCase() === 'connection' && /close/i.test(value),
  )
  return info.versionMinor > 0 && !closes
}
