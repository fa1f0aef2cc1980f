import { performance } from 'node:perf_hooks'
import type { Schedule } from '../plan/schedule.js'
import type { Pacer } from './pacer.js'

/** How a request can be lost: no answer at all, or none that is whole. */
export type Loss = 'connect' | 'reset' | 'timeout' | 'closed'

/** What takes one request at a time: a connection of HTTP/1.1, or one of the streams that a connection of HTTP/2 may have. */
export interface LaneMember<Packet> {
  /** Whether a request is under way. */
  readonly busy: boolean
  /** Send the next request, which was due at `dueMs`. */
  send(index: number, packet: Packet, dueMs: number, nowMs: number): void
  /** Go on after a wait for the next due time or for a retry. */
  wake(): void
  /** Whoever has waited for `timeoutMs` counts as lost. */
  expire(nowMs: number, timeoutMs: number): void
  /** No more requests: close what is open. */
  finish(): void
}

export interface LaneOptions<Packet> {
  /** Members, together. */
  readonly members: number
  readonly timeoutMs: number
  /** Longest time to go on sending; Infinity for a lane that ends by its amount. */
  readonly durationMs: number
  /** Requests to complete; Infinity for a lane that ends by its duration. */
  readonly amount: number
  readonly schedule: Schedule
  readonly pacer: Pacer | null
  /** Whether answers carry their bodies. */
  readonly keepBodies: boolean
  /** Builds the next request of kind `index`. */
  packet(index: number): Packet
  onAnswer(index: number, answer: LaneAnswer): void
  onRefused(): void
  /** `index`: kind of the request that was under way, or -1. */
  onLoss(kind: Loss, index: number, cause: Error | undefined): void
  onBytes(count: number): void
  /** packet() or onAnswer() threw: nothing more can be trusted. */
  onFailure(error: unknown): void
}

export interface LaneAnswer {
  readonly status: number
  /** Name, value, name, value. */
  readonly headers: readonly string[]
  /** Empty unless bodies are kept. */
  readonly body: readonly Buffer[]
  /** Since the request was due. */
  readonly latencyMs: number
}

/** Time-outs that each connection may wait in vain before the lane asks whether anything is to be had here. */
const VAIN_TIMEOUTS = 3
/** Wait before connecting again where nobody listened. */
const RETRY_MS = 50
/** A timer may be late by a millisecond or two; from here on the event loop is polled instead. */
const POLL_MS = 2

/** The connections to one place: hands each its next request, takes answers and losses, and knows when it is over. */
export class Lane<Packet> {
  readonly keepBodies: boolean
  readonly #options: LaneOptions<Packet>
  readonly #members: LaneMember<Packet>[] = []
  readonly #waiting: LaneMember<Packet>[] = []
  readonly #retries = new Set<NodeJS.Timeout>()
  #watch: NodeJS.Timeout | undefined
  #timer: NodeJS.Timeout | undefined
  #poll: NodeJS.Immediate | undefined
  #startMs = Number.NaN
  #lastMs = Number.NEGATIVE_INFINITY
  #stopped = false
  #gaveUp: string | null = null
  #losses = 0
  #lossesInARow = 0
  #timeoutsInARow = 0
  /** What connections waited for answers that never came, all together. */
  #vainMs = 0
  #joinedMs = Number.NaN

  constructor(options: LaneOptions<Packet>) {
    this.#options = options
    this.keepBodies = options.keepBodies
  }

  /** When the first connection was ready, and when the last answer came; null if no connection ever was. */
  get span(): { readonly startMs: number; readonly lastMs: number } | null {
    return Number.isNaN(this.#startMs) ? null : { startMs: this.#startMs, lastMs: this.#lastMs }
  }

  /** Requests due by the rate before the duration was over, the amount at most; null without a rate. */
  get due(): number | null {
    const { pacer, durationMs, amount } = this.#options
    return pacer && Math.min(amount, pacer.dueBefore(this.#startMs + durationMs))
  }

  /** Why the lane ended before its amount was complete. */
  get gaveUp(): string | null {
    return this.#gaveUp
  }

  /** No connection will be given another request. */
  get over(): boolean {
    const { schedule, durationMs } = this.#options
    return this.#stopped || schedule.exhausted || performance.now() >= this.#startMs + durationMs
  }

  join(member: LaneMember<Packet>): void {
    this.#members.push(member)
    if (Number.isNaN(this.#joinedMs)) this.#joinedMs = performance.now()
    const { timeoutMs } = this.#options
    this.#watch ??= setInterval(
      () => {
        const nowMs = performance.now()
        for (const each of this.#members) each.expire(nowMs, timeoutMs)
      },
      Math.min(250, Math.max(5, timeoutMs / 20)),
    )
  }

  /** Give a free connection its next request, let it wait for one that is due later, or let it go. */
  next(member: LaneMember<Packet>): void {
    const { schedule, pacer } = this.#options
    const nowMs = performance.now()
    if (Number.isNaN(this.#startMs)) {
      this.#startMs = nowMs
      this.#lastMs = nowMs
      pacer?.start(nowMs)
    }
    if (this.over) {
      this.#letGo()
      return
    }
    const dueMs = pacer ? pacer.dueMs : nowMs
    if (dueMs > nowMs) {
      this.#waiting.push(member)
      this.#wakeAt(Math.min(dueMs, this.#startMs + this.#options.durationMs))
      return
    }
    pacer?.advance()
    const index = schedule.take()
    try {
      member.send(index, this.#options.packet(index), dueMs, nowMs)
    } catch (error) {
      this.#options.onFailure(error)
    }
  }

  answered(index: number, answer: LaneAnswer, nowMs: number): void {
    this.#lastMs = nowMs
    this.#lossesInARow = 0
    this.#timeoutsInARow = 0
    try {
      this.#options.onAnswer(index, answer)
    } catch (error) {
      this.#options.onFailure(error)
    }
  }

  /** A connection failed after it had waited so long; `index` is the request that was under way, or -1. That request comes again. */
  lost(member: LaneMember<Packet>, kind: Loss, index: number, waitedMs: number, cause: Error | undefined): void {
    this.#options.onLoss(kind, index, cause)
    this.#vainMs += waitedMs
    if (index >= 0) this.#options.schedule.giveBack(index)
    this.#losses++
    this.#lossesInARow++
    this.#timeoutsInARow = kind === 'timeout' ? this.#timeoutsInARow + 1 : 0
    this.#gaveUp ??= this.#outOfPatience()
    if (this.#gaveUp) this.#stopped = true
    if (this.over) this.#letGo()
    else if (kind === 'connect') this.#wakeLater(member)
    else member.wake()
  }

  /** The server had not looked at a request, and says so: it comes again, and is lost only to patience. */
  refused(member: LaneMember<Packet>, index: number): void {
    this.#options.onRefused()
    this.#options.schedule.giveBack(index)
    this.#lossesInARow++
    this.#gaveUp ??= this.#outOfPatience()
    if (this.#gaveUp) this.#stopped = true
    if (this.over) this.#letGo()
    else member.wake()
  }

  received(bytes: number): void {
    this.#options.onBytes(bytes)
  }

  /** End at once: what is under way is dropped and not counted. */
  stop(): void {
    this.#stopped = true
    for (const member of this.#members) member.finish()
    this[Symbol.dispose]()
  }

  [Symbol.dispose](): void {
    clearInterval(this.#watch)
    clearTimeout(this.#timer)
    clearImmediate(this.#poll)
    for (const retry of this.#retries) clearTimeout(retry)
  }

  /** A few losses are made good; a server that answers nothing, or loses more than it answers, is not load-tested. */
  #outOfPatience(): string | null {
    const { members, amount } = this.#options
    if (this.#waitsInVain) return `${this.#losses} tries got no answer, and most of the time went into waiting for them`
    if (this.#timeoutsInARow >= 2 * members) return `${this.#timeoutsInARow} requests in a row timed out`
    if (this.#lossesInARow >= 10 * members) return `${this.#lossesInARow} tries in a row got no answer`
    if (this.#losses > 1000 + 2 * amount) return `${this.#losses} tries got no answer`
    return null
  }

  /**
   * Answers that alternate with silence reset what is counted in a row, and a single connection counts slowly, so time counts as well:
   * nothing has come for long, or more than half of what the connections had was spent on answers that never came.
   * A load that ends by its duration bears the second.
   */
  get #waitsInVain(): boolean {
    const { members, timeoutMs, durationMs } = this.#options
    const nowMs = performance.now()
    const patienceMs = VAIN_TIMEOUTS * timeoutMs
    if (nowMs - Math.max(this.#lastMs, this.#joinedMs) >= patienceMs) return true
    if (Number.isFinite(durationMs) || this.#vainMs < members * patienceMs) return false
    return this.#vainMs > (members * (nowMs - this.#joinedMs)) / 2
  }

  #wakeAt(dueMs: number): void {
    if (this.#timer || this.#poll) return
    const waitMs = dueMs - performance.now()
    const wake = () => {
      this.#timer = undefined
      this.#poll = undefined
      this.#release()
    }
    if (waitMs > POLL_MS) this.#timer = setTimeout(wake, waitMs - POLL_MS)
    else this.#poll = setImmediate(wake)
  }

  /** Let waiting connections look again: those whose request is due send it, the others wait on. */
  #release(): void {
    for (const member of this.#waiting.splice(0)) member.wake()
  }

  /** Connections with a request under way stay for its answer, and for another try if there is none. */
  #letGo(): void {
    for (const member of this.#members) if (!member.busy) member.finish()
  }

  #wakeLater(member: LaneMember<Packet>): void {
    const retry = setTimeout(() => {
      this.#retries.delete(retry)
      member.wake()
    }, RETRY_MS)
    this.#retries.add(retry)
  }
}
