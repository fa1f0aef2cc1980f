import { setTimeout as sleep } from 'node:timers/promises'
import type { Measurement } from '../analysis/measurement.js'
import { mergeLoads } from '../analysis/merge-loads.js'
import { RunHeaps } from '../analysis/run-heaps.js'
import { debugLog } from '../base/debug.js'
import type { load } from '../load/client/autocannon.js'
import { ServerFinder } from '../load/client/server-finder.js'
import { amountWords, unitWord } from '../load/drivers/amount-words.js'
import type { Driver } from '../load/drivers/driver.js'
import { driverOf } from '../load/drivers/driver-of.js'
import { driverTarget } from '../load/drivers/driver-target.js'
import { notFoundHint } from '../load/plan/asked.js'
import { namesTold } from '../load/plan/request.js'
import { progressLine } from '../load/progress.js'
import type { RunIdentity } from '../types/identity.js'
import type { RoundLoad } from '../types/load.js'
import type { Moment, MomentKind } from '../types/moment.js'
import type { Plan } from '../types/plan.js'
import type { RequestSpec } from '../types/request.js'
import type { Runtime } from '../types/runtime.js'
import { askedOnceFault } from './asked-once.js'
import { Fault } from './fault.js'
import { ServerHistory } from './history/server-history.js'
import { loadFault } from './load-fault.js'
import { failedPhaseFault } from './log-judge.js'
import { OtherProcesses } from './other-processes.js'
import { PATIENCE_MS, waitForTimers } from './patience.js'
import { RunLog } from './run-log.js'
import { isStill, restlessPaths, settledSnapshots, takeSnapshots } from './settle.js'

const log = debugLog('measure')

export interface RecorderOptions {
  /** Ends the measurement, which then rejects with the signal's reason. */
  readonly signal?: AbortSignal
  /** Told what is being done and, of a load that lasts, how far it is; for people. */
  readonly onStep?: (text: string) => void
  /** When, of what and where the measurement is made, for its report. Default: the report does not say. */
  readonly identity?: RunIdentity
  /** Says why nothing measured on this runtime could be believed; undefined where it could. Default: it is believed. */
  readonly selfCheck?: () => Promise<string | undefined>
  /** Told when the server is first left alone: time for what is needed later. */
  readonly onIdle?: () => void
  /** What sends the requests of a plan of requests. Default: autocannon. */
  readonly load?: typeof load
  /** What the server was asked before. Default: nothing. */
  readonly history?: ServerHistory
  /** What the first `{n}` is. Default 0. */
  readonly firstNumber?: number
  /** What else the report has to say, in sentences. Default: nothing. */
  readonly notes?: readonly string[]
}

/** What a load is for: to warm up, to look for growth, to confirm it, to decide it, or to tell which request it comes from. */
type Purpose = 'planned' | 'confirm' | 'further' | 'solo'

/** In a load of some kinds of request, each is sent so often at least. */
const SOLO_EACH = 50

/** Takes the steps of one measurement and keeps what was seen, also when a step fails. */
export class Recorder {
  readonly #runtime: Runtime
  #plan: Plan
  readonly #options: RecorderOptions
  readonly #driver: Driver
  /** What was seen so far, aligned as far as it was judged. */
  readonly heaps = new RunHeaps()
  readonly #moments: Moment[] = []
  readonly #faults: string[] = []
  #workers: readonly number[] = []
  readonly #others: OtherProcesses
  #restless: ReadonlySet<string> = new Set()
  /** Those given, and which requests are for another server than the conf's first. */
  #notes: readonly string[]
  #sent: number
  readonly #history: ServerHistory
  #loads = 0
  /** What is left of the wait for timers: what they did not take away the first time they will not take away the second. */
  #patienceMs = PATIENCE_MS
  readonly #log: RunLog

  constructor(runtime: Runtime, plan: Plan, options: RecorderOptions) {
    this.#runtime = runtime
    this.#plan = plan
    this.#options = options
    this.#driver = driverOf(plan, options.load)
    this.#others = new OtherProcesses(runtime)
    this.#log = new RunLog(runtime)
    this.#history = options.history ?? new ServerHistory()
    this.#sent = options.firstNumber ?? 0
    this.#notes = options.notes ?? []
  }

  get measurement(): Measurement {
    const { kind, description, notices, doubts = [], prefix } = this.#runtime
    const note = this.#faults.length === 0 ? this.#log.note : undefined
    return {
      plan: this.#plan,
      runtime: { kind, description, notices, doubts, ...(prefix !== undefined && { prefix }) },
      ...(this.#options.identity && { identity: this.#options.identity }),
      workers: this.#workers,
      others: this.#others.processes,
      moments: this.#moments,
      faults: this.#faults,
      notes: [...this.#notes, ...this.#others.notes, ...(note === undefined ? [] : [note])],
    }
  }

  /** Whether what is to be seen can be seen here at all. */
  async checkItself(): Promise<void> {
    const fault = await this.#options.selfCheck?.()
    if (fault !== undefined) throw new Fault(fault)
  }

  /** Fills caches, compiles traces, grows pools: what only happens once should have happened. */
  async warmUp(): Promise<void> {
    this.#workers = await this.#livingWorkers()
    if (this.#workers.length === 0) throw new Fault('nginx has no worker process')
    await this.#log.begin()
    this.#log.checkInitWorker()
    const hasPast = this.#runtime.kind === 'attach' || this.#history.measurements > 0
    const counters = hasPast ? await this.#runtime.counters() : null
    // Others have asked a server that was there before, perhaps an earlier run the same: none of its keys is above nginx's count of requests.
    if (this.#runtime.kind === 'attach') this.#sent = Math.max(this.#sent, counters?.requests ?? 0)
    await this.#findServers()
    if (this.#plan.warmup > 0) await this.#askOnce()
    if (this.#history.isWarm(this.#plan, this.#workers, counters)) this.#plan = { ...this.#plan, warmup: 0 }
    if (this.#plan.warmup > 0) await this.#load(this.#plan.warmup, 'the warm-up')
    // nginx may have been forking still when it first answered.
    this.#workers = await this.#livingWorkers()
    await this.#others.find()
  }

  /** Which server each request is for, so that all rounds ask the same. */
  async #findServers(): Promise<void> {
    const finder = new ServerFinder(this.#runtime)
    this.#plan = { ...this.#plan, requests: await finder.place(this.#plan.requests, this.#plan, this.#options.signal) }
    this.#notes = [...this.#notes, ...finder.notes]
    await this.#log.read()
  }

  /** The first two moments, with nobody asking anything in between: what moves by itself. Where nothing can, they are one. */
  async idle(): Promise<void> {
    this.#step('idling')
    this.#options.onIdle?.()
    const before = await this.#take('start')
    const after = await this.#rest('idle', before, this.#plan.idleMs)
    if (this.#plan.per === 'connection' && !after.snapshots[0]?.nginx) {
      throw new Fault('this build of nginx counts no connections, so growth cannot be counted by them: leave out per')
    }
    this.#restless = restlessPaths(before.snapshots, after.snapshots)
  }

  /** One round of load and the snapshots after it. */
  async round(kind: 'planned' | 'confirm' | 'further', amount: number): Promise<void> {
    const number = this.#moments.filter((moment) => moment.kind === kind).length + 1
    const of = this.#plan[ROUNDS[kind].plan].length
    await this.#takeAfter(kind, amount, `${ROUNDS[kind].name} ${number} of ${of}`, this.#plan.requests)
  }

  /** Some kinds of request without the others, each as often as the next: what grows now is their own. */
  async alone(requests: readonly RequestSpec[]): Promise<void> {
    const { name } = requests[0]!
    const what = requests.length === 1 ? `${name} alone` : `${requests.length} requests from ${name} on`
    const equal = requests.map((request) => ({ ...this.#placed(request), weight: 1 }))
    await this.#takeAfter('solo', Math.max(this.#plan.solo, SOLO_EACH * requests.length), what, equal)
  }

  /** The request as the plan sends it, to the server that was found for it. */
  #placed(request: RequestSpec): RequestSpec {
    return this.#plan.requests.find(({ name }) => name === request.name) ?? request
  }

  /** Idles after the last round: what then goes away was a backlog, what grows on goes by the clock. */
  async drain(): Promise<void> {
    this.#step('idling')
    await this.#rest('drain', this.#moments.at(-1)!, this.#plan.drainMs)
    await this.#log.read()
  }

  /**
   * Waits for timers that are due, since they may take away what grew, for as long as the run would fail; looks after each of them.
   * @param wouldFail of what was seen so far
   */
  async awaitTimers(wouldFail: () => boolean): Promise<void> {
    const from = performance.now()
    for (;;) {
      const { snapshots, others } = this.#moments.at(-1)!
      const waitMs = waitForTimers([...snapshots, ...others], this.#patienceMs - (performance.now() - from))
      if (waitMs === 0 || !wouldFail()) break
      this.#step('waiting for timers that are due')
      await this.#rest('drain', this.#moments.at(-1)!, waitMs)
    }
    this.#patienceMs -= performance.now() - from
  }

  /**
   * Takes down why the run broke off.
   * @throws the signal's reason if it was aborted; an error without a code, which is a mistake in a program and no finding
   */
  async fail(error: unknown): Promise<void> {
    this.#options.signal?.throwIfAborted()
    if (!(error instanceof Error && 'code' in error)) throw error
    // a fault has its quote; a worker or an nginx that is gone cannot say why, but its log can
    this.#faults.push(error instanceof Fault ? error.message : await this.#log.explain(error.message))
  }

  /** A load, and then the moment at its end; where the load breaks the run, the moment has no snapshots. */
  async #takeAfter(kind: Purpose, amount: number, step: string, requests: readonly RequestSpec[]): Promise<void> {
    const place = this.#moments.length
    const request = kind === 'solo' && namesTold(requests)
    const load = await this.#load(amount, step, requests, (load) => {
      this.#moments.push({ kind, load, ...request, snapshots: [], others: [] })
    })
    this.#moments.length = place
    await this.#take(kind, { load, ...request })
  }

  async #load(
    amount: number,
    step: string,
    requests = this.#plan.requests,
    onLoaded?: (load: RoundLoad) => void,
  ): Promise<RoundLoad> {
    this.#step(`${step}: ${amountWords(this.#plan, amount)}`)
    this.#log.beginStep()
    if (this.#plan.per === 'reload') await this.#reload()
    const { connections, burst } = this.#plan
    const parts = burst > 0 ? [await this.#drive(step, requests, 2 * burst, burst)] : []
    parts.push(await this.#drive(step, requests, amount - 2 * burst, connections))
    const result = parts.length === 1 ? parts[0]! : mergeLoads(parts)!
    onLoaded?.(result)
    log('%d completed in %d ms, statuses %o', result.completed, Math.round(result.durationMs), result.statuses)
    await this.#checkWorkers(step)
    this.#history.noteLoad(this.#plan, requests, result.completed, this.#workers)
    const fault = loadFault(step, result, this.#plan.expectStatus, () => notFoundHint(result, requests, this.#runtime))
    if (fault) throw new Fault(await this.#log.explain(fault))
    await this.#log.read()
    this.#log.checkInitWorker()
    const failed = failedPhaseFault(step, result, this.#log.before, this.#log.now)
    if (failed) throw new Fault(failed)
    return result
  }

  /** Sends each request once: what is answered wrongly need not be loaded. One that the client breaks off has no answer. */
  async #askOnce(): Promise<void> {
    if (this.#plan.driver.kind !== 'requests') return
    const requests = this.#plan.requests
      .filter(({ abortAfterMs }) => abortAfterMs === undefined)
      .map((request) => ({ ...request, weight: 1 }))
    if (requests.length === 0) return
    this.#step(requests.length === 1 ? `asking ${requests[0]!.name} once` : 'asking each request once')
    this.#log.beginStep()
    const result = await this.#drive('asking once', requests, requests.length, 1)
    await this.#checkWorkers('the first requests')
    const fault = askedOnceFault(requests, result, this.#plan, this.#runtime)
    if (fault) throw new Fault(await this.#log.explain(fault))
    await this.#log.read()
  }

  async #drive(
    step: string,
    requests: readonly RequestSpec[],
    amount: number,
    connections: number,
  ): Promise<RoundLoad> {
    const tell = (line: string) => this.#options.onStep?.(`${step}: ${line}`)
    const onProgress = progressLine({ amount, unit: unitWord(this.#plan) }, tell)
    const result = await this.#driver.drive(
      driverTarget(this.#runtime),
      { requests, amount, connections, firstNumber: this.#sent, number: this.#loads++ },
      { signal: this.#options.signal, onProgress },
    )
    // A request that got no answer came again under a number of its own.
    this.#sent += result.sent ?? amount
    this.#history.noteNumbers(this.#sent)
    return result
  }

  /** The new workers take the places of the old ones in the series. */
  async #reload(): Promise<void> {
    await this.#runtime.reload()
    const renewed = await this.#livingWorkers()
    if (renewed.length !== this.#workers.length) {
      throw new Fault(`nginx had ${this.#workers.length} workers before a reload and ${renewed.length} after it`)
    }
    this.#workers = renewed
  }

  /** A heap that is gone, or one that began later, has no series. */
  async #checkWorkers(step: string): Promise<void> {
    const now = await this.#livingWorkers()
    const lost = this.#workers.filter((pid) => !now.includes(pid))
    const came = now.filter((pid) => !this.#workers.includes(pid))
    if (lost.length > 0) throw new Fault(await this.#log.explain(`worker ${lost.join(', ')} was lost in ${step}`))
    if (came.length > 0 && this.#moments.length > 0)
      throw new Fault(`worker ${came.join(', ')} came during ${step}: it has no snapshot to compare with`)
  }

  async #livingWorkers(): Promise<number[]> {
    return (await this.#runtime.workers()).map(({ pid }) => pid)
  }

  /** Looks at every process once all is settled. */
  async #take(kind: MomentKind, facts: Pick<Moment, 'load' | 'request' | 'requests'> = {}): Promise<Moment> {
    const snapshots = await settledSnapshots(this.#runtime, this.#workers, {
      limitMs: this.#plan.settleMs,
      restless: this.#restless,
      signal: this.#options.signal,
      meanwhile: () => this.heaps.read(this.measurement),
    })
    await this.#log.read()
    return this.#add({ kind, ...facts, snapshots, others: await this.#others.snapshots(this.#moments) })
  }

  /** Looks again after some time without any load; at once where nothing can have changed. */
  async #rest(kind: 'idle' | 'drain', before: Moment, ms: number): Promise<Moment> {
    const { snapshots, others } = before
    if (isStill([...snapshots, ...others])) return this.#add({ kind, snapshots, others })
    const rested = sleep(ms, undefined, { signal: this.#options.signal })
    this.heaps.read(this.measurement)
    await rested
    return this.#add({
      kind,
      snapshots: await takeSnapshots(this.#runtime, this.#workers),
      others: await this.#others.snapshots(this.#moments),
    })
  }

  #add(moment: Moment): Moment {
    this.#moments.push(moment)
    return moment
  }

  #step(text: string): void {
    this.#options.signal?.throwIfAborted()
    log(text)
    this.#options.onStep?.(text)
  }
}

const ROUNDS = {
  planned: { plan: 'rounds', name: 'round' },
  confirm: { plan: 'confirm', name: 'confirming round' },
  further: { plan: 'further', name: 'further round' },
} as const
