import { setTimeout as sleep } from 'node:timers/promises'
import { sumBy } from '../base/sum.js'
import type { Driver } from '../load/drivers/driver.js'
import { driverOf } from '../load/drivers/driver-of.js'
import { driverTarget } from '../load/drivers/driver-target.js'
import { nameOf } from '../load/plan/request.js'
import type { Plan } from '../types/plan.js'
import type { RequestSpec } from '../types/request.js'
import type { Runtime, Worker } from '../types/runtime.js'
import { type Credit, creditSince, readRecords, type Total, type WatchState } from './records.js'

/** Something that makes what is seen in the second start worthless, in a sentence. */
export class LocateFault extends Error {
  override readonly name = 'LocateFault'
  readonly code = 'LOCATE_FAULT'
}

/** Requests that are sent together. */
export interface Batch {
  readonly requests: readonly RequestSpec[]
  /** How many of them all. */
  readonly amount: number
  /** No more are begun after so long. */
  readonly mostMs: number
}

/** What all watchers have reported, and how many requests were sent meanwhile. */
export interface Tally {
  readonly credits: readonly Credit[]
  readonly totals: ReadonlyMap<number, Total>
  readonly faults: ReadonlyMap<number, string>
  readonly requests: number
  /** What a plan counts growth by, of the whole plan: as many as these requests stand for. */
  readonly units: number
  /** The plan's requests that were sent, where they were not all. */
  readonly names?: readonly string[]
  readonly atMs: number
}

/** Reports after which everything that came before is in them: the first may have been under way. */
const REPORTS = 2
/** Longest wait for them, in ms: a module that is loaded may fill a table in a loop, which goes line by line here, and nothing reports meanwhile. */
const REPORT_MS = 15_000
const LOOK_MS = 20
/** Time that a load gets at least, in ms: enough for one request that is not slow. */
const LEAST_MS = 50
/** At a time, where growth is counted by connection. */
const CONNECTIONS = 10
const ENDED = 'a worker of a second start ended'

/** The watched server: requests are sent to it a few at a time, and then it is asked what it has seen. */
export class SecondStart {
  readonly #runtime: Runtime
  readonly #plan: Plan
  readonly #signal: AbortSignal | undefined
  readonly #workers: number
  readonly #driver: Driver
  #sent = 0
  #loads = 0
  #completed = 0
  #units = 0
  /** Names of what was sent since it counts. */
  #names = new Set<string>()
  /** Processes of before a reload: they tell no more. */
  readonly #past = new Set<number>()
  /** As many reports as the processes of before the last reload made, or one: those that it started make as many. */
  #reporting = 1
  /** Reports of what came before anything counted. */
  #begun: ReadonlyMap<string, WatchState> = new Map()

  constructor(runtime: Runtime, plan: Plan, workers: number, signal: AbortSignal | undefined) {
    this.#runtime = runtime
    this.#plan = plan
    this.#workers = workers
    this.#signal = signal
    // kept alive, several connections may all be one worker's
    this.#driver = driverOf({ ...plan, keepAlive: plan.keepAlive && workers === 1 })
  }

  /** Sends requests of the plan one after the other. Several workers get them on as many connections; so does a plan that counts connections. */
  async send({ requests, amount, mostMs }: Batch): Promise<void> {
    const before = await this.#runtime.workers()
    const accepted = await this.#accepted()
    const result = await this.#driver.drive(
      driverTarget(this.#runtime),
      {
        requests,
        amount,
        durationS: Math.max(LEAST_MS, mostMs) / 1000,
        enough: amount,
        connections: Math.min(amount, this.#connections),
        firstNumber: this.#sent,
        number: this.#loads++,
      },
      { signal: this.#signal },
    )
    for (const request of requests) this.#names.add(nameOf(request))
    this.#sent += result.sent ?? amount
    this.#completed += result.completed
    const units = accepted === null ? result.completed : ((await this.#accepted()) ?? accepted) - accepted
    this.#units += units / shareOf(requests, this.#plan)
    if (await this.#haveEnded(before)) throw new LocateFault(ENDED)
    if (result.gaveUp !== undefined) throw new LocateFault(`in a second start ${result.gaveUp}`)
  }

  get #connections(): number {
    if (this.#plan.per === 'connection') return CONNECTIONS
    return this.#workers > 1 ? 2 * this.#workers : 1
  }

  /** Connections that nginx has accepted, where the plan counts by these. */
  async #accepted(): Promise<number | null> {
    return this.#plan.per === 'connection' ? ((await this.#runtime.counters())?.accepted ?? null) : null
  }

  /** Leaves out of all credits what came before now. */
  async begin(): Promise<Tally> {
    const tally = await this.seen()
    this.#begun = await this.#states()
    this.#names = new Set()
    return tally
  }

  /** Lets nginx start everything anew, so that what was started so far is seen no more. */
  async reload(): Promise<void> {
    const processes = [...(await this.#runtime.workers()), ...(await this.#runtime.others())]
    this.#reporting = Math.max(1, (await this.#states()).size)
    for (const { pid } of processes) this.#past.add(pid)
    await this.#runtime.reload()
  }

  /**
   * What was seen so far.
   * @throws LocateFault where a watcher cannot be believed, or does not answer
   */
  async seen(): Promise<Tally> {
    return this.#tally(await this.generation())
  }

  /** The same, as each process that was started at the start or the last reload has reported it. */
  async generation(): Promise<ReadonlyMap<string, WatchState>> {
    const before = await this.#states()
    const end = performance.now() + REPORT_MS
    for (;;) {
      await sleep(LOOK_MS, undefined, { signal: this.#signal })
      const states = await this.#states()
      if (await this.#haveReported(before, states)) return believed(states)
      if (performance.now() > end) throw new LocateFault('the workers of a second start did not tell what they saw')
    }
  }

  async #haveEnded(workers: readonly Worker[]): Promise<boolean> {
    const now = await this.#runtime.workers()
    return workers.some(({ pid }) => now.every((worker) => worker.pid !== pid))
  }

  async #states(): Promise<Map<string, WatchState>> {
    const states = readRecords(await this.#runtime.errorLog())
    return new Map([...states].filter(([, { pid }]) => !this.#past.has(pid)))
  }

  /** Every process that watches has reported all that happened before now. */
  async #haveReported(
    before: ReadonlyMap<string, WatchState>,
    states: ReadonlyMap<string, WatchState>,
  ): Promise<boolean> {
    const living = new Set(
      [...(await this.#runtime.workers()), ...(await this.#runtime.others())].map(({ pid }) => pid),
    )
    if ([...before.values()].some(({ pid }) => !living.has(pid))) throw new LocateFault(ENDED)
    return (
      states.size >= this.#reporting &&
      [...states].every(([key, { seq }]) => seq >= (before.get(key)?.seq ?? 0) + REPORTS)
    )
  }

  #tally(all: ReadonlyMap<string, WatchState>): Tally {
    const states = [...all.values()]
    const totals = new Map<number, Total>()
    for (const [id, more] of states.flatMap(({ totals }) => [...totals])) {
      const known = totals.get(id)
      totals.set(id, known ? addTotals(known, more) : more)
    }
    return {
      credits: [...all].flatMap(([key, { credits }]) =>
        [...credits.values()].flatMap((record) => creditSince(record, this.#begun.get(key)?.seq ?? 0) ?? []),
      ),
      totals,
      faults: new Map(states.flatMap(({ faults }) => [...faults])),
      requests: this.#completed,
      units: this.#units,
      ...(this.#names.size < this.#plan.requests.length && { names: [...this.#names] }),
      atMs: performance.now(),
    }
  }
}

/** @throws LocateFault where they are not all that happened */
function believed(all: ReadonlyMap<string, WatchState>): ReadonlyMap<string, WatchState> {
  const states = [...all.values()]
  if (states.some(({ isHooked }) => !isHooked)) {
    throw new LocateFault('the code sets a debug hook of its own, so its lines cannot be watched')
  }
  if (states.some(({ isCompiled }) => isCompiled)) {
    throw new LocateFault('the code turns the JIT compiler on, and compiled code cannot be watched')
  }
  return all
}

/** Share of a plan's requests that these are, by weight. */
function shareOf(requests: readonly RequestSpec[], plan: Plan): number {
  const weight = (all: readonly RequestSpec[]) => sumBy(all, ({ weight = 1 }) => weight)
  return plan.requests.length === 0 ? 1 : weight(requests) / weight(plan.requests)
}

function addTotals(one: Total, other: Total): Total {
  return {
    gained: one.gained + other.gained,
    lost: one.lost + other.lost,
    unplaced: one.unplaced + other.unplaced,
  }
}
