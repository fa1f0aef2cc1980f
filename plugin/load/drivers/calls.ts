import { performance } from 'node:perf_hooks'
import type { Work, WorkCall } from '../../types/driver.js'
import type { LoadFailure } from '../../types/load.js'
import { Histogram } from '../client/histogram.js'
import { LoadError } from '../error.js'
import { Call, failureOf, GRACE_MS, type Outcome } from './call.js'

export interface CallsOptions {
  readonly work: Work
  /** Calls to make; Infinity where `durationMs` decides. */
  readonly amount: number
  readonly durationMs: number
  /** Calls side by side. */
  readonly connections: number
  readonly firstNumber: number
  /** Longest that one call may take. */
  readonly timeoutMs: number
  /** What each call is given beside what is its own. */
  readonly given: Pick<WorkCall, 'url' | 'port'>
}

/** Different errors that are kept; what comes later is most often the same. */
const KEPT = 3
/** Calls in a row, by connection, after which a work that fails is not tried any more: ten failures may be a restart, and a time-out is long. */
const PATIENCE = { failed: 10, late: 2 } as const

/** Calls of a `work`, `connections` of them side by side, and what came of them. */
export class Calls {
  readonly latency = new Histogram()
  readonly #options: CallsOptions
  readonly #active = new Set<Call>()
  readonly #failures: LoadFailure[] = []
  readonly #inARow = { failed: 0, late: 0 }
  #begun = 0
  #completed = 0
  #failed = 0
  #late = 0
  #gaveUp: string | null = null
  #isOver = false
  #startMs = Number.NaN

  constructor(options: CallsOptions) {
    this.#options = options
  }

  get begun(): number {
    return this.#begun
  }

  get completed(): number {
    return this.#completed
  }

  /** Calls that threw. */
  get failed(): number {
    return this.#failed
  }

  /** Calls that took too long. */
  get late(): number {
    return this.#late
  }

  /** The first different errors. */
  get failures(): readonly LoadFailure[] {
    return this.#failures
  }

  /** Why the calls ended before their amount was complete. */
  get gaveUp(): string | null {
    return this.#gaveUp
  }

  /** Makes all calls; resolves when none is waited for any more. */
  async run(): Promise<void> {
    const { connections, timeoutMs } = this.#options
    this.#startMs = performance.now()
    const watch = setInterval(() => this.#expire(), Math.min(250, Math.max(5, timeoutMs / 20)))
    try {
      await Promise.all(Array.from({ length: connections }, (_, connection) => this.#callInTurn(connection)))
    } finally {
      clearInterval(watch)
    }
  }

  /** Ends at once: nothing more is called, and what is under way is told to end. */
  stop(reason: unknown): void {
    this.#isOver = true
    for (const call of this.#active) call.end('stopped', reason)
  }

  get #isDone(): boolean {
    const { amount, durationMs } = this.#options
    return this.#isOver || this.#begun >= amount || performance.now() >= this.#startMs + durationMs
  }

  async #callInTurn(connection: number): Promise<void> {
    const { work, given, firstNumber } = this.#options
    while (!this.#isDone) {
      const n = firstNumber + this.#begun++
      const call = new Call(n)
      this.#active.add(call)
      const outcome = await call.run(() => work({ ...given, n, connection, signal: call.signal }))
      this.#active.delete(call)
      this.#count(call, outcome)
    }
  }

  #count(call: Call, outcome: Outcome): void {
    if (call.ended === 'late') this.#countLate(call, outcome)
    else if (outcome.kind === 'completed') this.#countCompleted(call)
    else if (outcome.kind === 'threw' && call.ended === null) this.#countFailed(call, outcome.error)
  }

  #countCompleted({ startMs }: Call): void {
    this.latency.record((performance.now() - startMs) * 1000)
    this.#completed++
    this.#inARow.failed = 0
    this.#inARow.late = 0
  }

  #countFailed({ n }: Call, error: unknown): void {
    this.#failed++
    this.#keep(failureOf(n, error))
    const inARow = ++this.#inARow.failed
    if (inARow >= PATIENCE.failed * this.#options.connections) this.#giveUp(`${inARow} calls in a row threw`)
  }

  #countLate({ n }: Call, { kind }: Outcome): void {
    const seconds = this.#options.timeoutMs / 1000
    this.#late++
    this.#keep({ n, message: `took longer than ${seconds} s` })
    const inARow = ++this.#inARow.late
    if (kind === 'abandoned') {
      this.#giveUp(
        `call ${n} went on for ${GRACE_MS / 1000} s after its signal was aborted: it took longer than ${seconds} s`,
      )
    } else if (inARow >= PATIENCE.late * this.#options.connections) {
      this.#giveUp(`${inARow} calls in a row took longer than ${seconds} s`)
    }
  }

  #giveUp(why: string): void {
    this.#gaveUp ??= why
    this.stop(new LoadError('LOAD_DRIVER', why))
  }

  #keep(failure: LoadFailure): void {
    if (this.#failures.length < KEPT && this.#failures.every(({ message }) => message !== failure.message)) {
      this.#failures.push(failure)
    }
  }

  #expire(): void {
    const { timeoutMs } = this.#options
    for (const call of this.#active) {
      call.expire(
        timeoutMs,
        () => new LoadError('LOAD_DRIVER', `call ${call.n} took longer than ${timeoutMs / 1000} s`),
      )
    }
  }
}
