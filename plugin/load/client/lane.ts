import { performance } from 'node:perf_hooks'
import type { Schedule } from '../plan/schedule.js'
import type { Connection } from './connection.js'
import type { Pacer } from './pacer.js'
import type { Packet } from './packet.js'
import type { Loss } from './tally.js'

export interface LaneOptions {
  readonly connections: number
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

/** The connections to one origin: hands each its next request, takes answers and losses, and knows when it is over. */
export class Lane {
  readonly keepBodies: boolean
  readonly #options: LaneOptions
  readonly #connections: Connection[] = []
  readonly #waiting: Connection[] = []
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

  constructor(options: LaneOptions) {
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

  join(connection: Connection): void {
    this.#connections.push(connection)
    if (Number.isNaN(this.#joinedMs)) this.#joinedMs = performance.now()
    const { timeoutMs } = this.#options
    this.#watch ??= setInterval(
      () => {
        const nowMs = performance.now()
        for (const each of this.#connections) each.expire(nowMs, timeoutMs)
      },
      Math.min(250, Math.max(5, timeoutMs / 20)),
    )
  }

  /** Give a free connection its next request, let it wait for one that is due later, or let it go. */
  next(connection: Connection): void {
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
      this.#waiting.push(connection)
      this.#wakeAt(Math.min(dueMs, this.#startMs + this.#options.durationMs))
      return
    }
    pacer?.advance()
    const index = schedule.take()
    try {
      connection.send(index, this.#options.packet(index), dueMs, nowMs)
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
  lost(connection: Connection, kind: Loss, index: number, waitedMs: number, cause: Error | undefined): void {
    this.#options.onLoss(kind, index, cause)
    this.#vainMs += waitedMs
    if (index >= 0) this.#options.schedule.giveBack(index)
    this.#losses++
    this.#lossesInARow++
    this.#timeoutsInARow = kind === 'timeout' ? this.#timeoutsInARow + 1 : 0
    this.#gaveUp ??= this.#outOfPatience()
    if (this.#gaveUp) this.#stopped = true
    if (this.over) this.#letGo()
    else if (kind === 'connect') this.#wakeLater(connection)
    else connection.wake()
  }

  received(bytes: number): void {
    this.#options.onBytes(bytes)
  }

  /** End at once: what is under way is dropped and not counted. */
  stop(): void {
    this.#stopped = true
    for (const connection of this.#connections) connection.finish()
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
    const { connections, amount } = this.#options
    if (this.#waitsInVain) return `${this.#losses} tries got no answer, and most of the time went into waiting for them`
    if (this.#timeoutsInARow >= 2 * connections) return `${this.#timeoutsInARow} requests in a row timed out`
    if (this.#lossesInARow >= 10 * connections) return `${this.#lossesInARow} tries in a row got no answer`
    if (this.#losses > 1000 + 2 * amount) return `${this.#losses} tries got no answer`
    return null
  }

  /**
   * Answers that alternate with silence reset what is counted in a row, and a single connection counts slowly, so time counts as well:
   * nothing has come for long, or more than half of what the connections had was spent on answers that never came.
   * A load that ends by its duration bears the second.
   */
  get #waitsInVain(): boolean {
    const { connections, timeoutMs, durationMs } = this.#options
    const nowMs = performance.now()
    const patienceMs = VAIN_TIMEOUTS * timeoutMs
    if (nowMs - Math.max(this.#lastMs, this.#joinedMs) >= patienceMs) return true
    if (Number.isFinite(durationMs) || this.#vainMs < connections * patienceMs) return false
    return this.#vainMs > (connections * (nowMs - this.#joinedMs)) / 2
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
    for (const connection of this.#waiting.splice(0)) connection.wake()
  }

  /** Connections with a request under way stay for its answer, and for another try if there is none. */
  #letGo(): void {
    for (const connection of this.#connections) if (!connection.busy) connection.finish()
  }

  #wakeLater(connection: Connection): void {
    const retry = setTimeout(() => {
      this.#retries.delete(retry)
      connection.wake()
    }, RETRY_MS)
    this.#retries.add(retry)
  }
}
