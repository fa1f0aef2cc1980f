import { resolve } from 'node:path'
import { noteUpdate } from '../analysis/note-update.js'
import { Progress, type ProgressStream } from '../base/progress.js'
import { sumOf } from '../base/sum.js'
import { identityOf } from '../compare/sides/identity.js'
import { type Exploration, explore } from '../explore/exploration.js'
import { planExplored } from '../explore/planned.js'
import { load } from '../load/client/autocannon.js'
import { driverTarget } from '../load/drivers/driver-target.js'
import { workDriver } from '../load/drivers/work.js'
import { type LoadInput, type LoadJob, parseLoadInput } from '../load/plan/input.js'
import { progressLine } from '../load/progress.js'
import { type BaselineSection, underBaseline } from '../measure/baseline-file.js'
import { underDefaults } from '../measure/driver-plan.js'
import { ServerHistory } from '../measure/history/server-history.js'
import { type LeakRun, type MeasureOptions, measure } from '../measure/measure.js'
import { makePlan } from '../measure/plan.js'
import type { PlanInput } from '../measure/plan-options.js'
import { servesSessionsOnly } from '../measure/sessions.js'
import { lookAtConf } from '../runtime/local/prepare-here.js'
import { confOf } from '../runtime/start/generated-conf.js'
import type { RunIdentity } from '../types/identity.js'
import type { LoadResult } from '../types/load.js'
import type { Plan } from '../types/plan.js'
import type { LeakReport } from '../types/report.js'
import type { Runtime, RuntimeOptions } from '../types/runtime.js'
import type { Deadline } from './deadline.js'
import type { FileServer } from './file-scope/file-server.js'
import { testCall } from './test-call.js'
import { planTimeoutMs } from './timeout.js'

/** A conf, what else can be done with it than to measure it, and how. */
export interface StartedFrom extends Pick<MeasureOptions, 'selfCheck'> {
  readonly boot: RuntimeOptions
  /** Starts it once more. */
  readonly restart: MeasureOptions['restart']
}

/** The part of a test in a server that its file shares. */
export interface FileServerUse {
  readonly server: FileServer
  readonly testName: string
  /** What the `{n}` of this test's loads begin at: no key of an earlier test comes again. */
  readonly firstNumber: number
  /** Why it was started in the place of another, for the reports of this test. */
  readonly renewed?: string
}

function notesOf({ server, renewed }: FileServerUse): string[] {
  return [...(renewed === undefined ? [] : [renewed]), ...server.notes()]
}

/** What a server takes over from the test that started it. */
export interface ServerContext {
  /** Plan of the plugin's options, under each measurement's own. */
  readonly defaults: PlanInput
  readonly signal: AbortSignal
  readonly record: (report: LeakReport) => void
  /** Folder of the test: paths in a measurement's options are relative to it, and the reports carry its revision. */
  readonly folder: string
  /** Told what is being done, and for which measurement. Default: nobody is. */
  readonly onStep?: Deadline['noteStep']
  /** What the plugin's baseline accepts of the next measurement. */
  readonly baseline?: () => Promise<BaselineSection>
  /** What the test started the server from; absent where somebody else started it. */
  readonly started?: StartedFrom
  /** Where other tests have it, too. */
  readonly shared?: FileServerUse
  /** Where people see how far it is. Default: nowhere. */
  readonly terminal?: ProgressStream
}

/** One running OpenResty, as a test sees it. */
export class OpenrestyServer {
  /** The runtime below: workers, snapshots, counters. */
  readonly runtime: Runtime
  readonly #context: ServerContext
  readonly #history: ServerHistory

  constructor(runtime: Runtime, context: ServerContext) {
    this.runtime = runtime
    this.#context = context
    this.#history = context.shared?.server.history ?? new ServerHistory()
  }

  /** Origin of the conf's first http listen: `http://127.0.0.1:8080`. */
  get url(): string {
    return this.runtime.url
  }

  /**
   * Warm-up, then rounds of load between snapshots; what grows in every round is a leak. Its `{n}` begin above those of all loads and
   * measurements of this server before: a key that was sent before would hide what is kept by key.
   * A run that could not be measured has the verdict `invalid`; it does not throw.
   * @throws PlanError for a plan that makes no sense; LoadError for a file of requests that cannot be read; ExploreError where none of them is
   * answered as expected; BaselineError for a baseline that cannot be read; the signal's reason when the test ends first
   */
  measure(input: PlanInput): Promise<LeakRun> {
    return testCall(this.measure, this.#context.signal, () => this.#use(() => this.#measure(input)))
  }

  async #measure(input: PlanInput): Promise<LeakRun> {
    const { defaults, signal, started, record, shared } = this.#context
    const whole = underDefaults(defaults, input)
    const asked = makePlan(whole)
    const [section, identity] = await Promise.all([this.#context.baseline?.(), this.#identity()])
    using progress = this.#progress()
    const time = { amount: sumOf(asked.rounds), mostMs: planTimeoutMs(asked) }
    const onStep = (text: string) => {
      this.#context.onStep?.(text, time)
      progress.show(text)
    }
    const exploration = await this.#explore(whole, asked)
    const plan = exploration ? await planExplored(this.runtime, whole, exploration, { signal, onStep }) : asked
    const seen = await measure(this.runtime, plan, {
      signal,
      onStep,
      identity,
      history: this.#history,
      firstNumber: this.#history.nextNumber,
      ...(shared && { notes: notesOf(shared) }),
      ...(started && {
        restart: started.restart,
        conf: confOf(started.boot, this.runtime),
        selfCheck: started.selfCheck,
      }),
    })
    const run = section ? noteUpdate(await underBaseline(seen, section), section) : seen
    record(run)
    shared?.server.noteReport(shared.testName, run)
    return run
  }

  /**
   * Load alone, no snapshots: `amount` requests, or calls of a work, or 10 s of them.
   * @throws LoadError for a load that makes no sense; the signal's reason when the test ends first
   */
  load(input: LoadInput): Promise<LoadResult> {
    return testCall(this.load, this.#context.signal, () => this.#use(() => this.#load(input)))
  }

  async #load(input: LoadInput): Promise<LoadResult> {
    const { shared } = this.#context
    const job = parseLoadInput(shared ? { firstNumber: shared.firstNumber, ...input } : input)
    using progress = this.#progress()
    const show = (line: string) => progress.show(line)
    const result = await this.#drive(job, show)
    const { firstNumber = 0 } = job.kind === 'requests' ? job.plan : job
    this.#history.noteNumbers(firstNumber + (result.sent ?? result.asked))
    return result
  }

  async #drive(job: LoadJob, show: (line: string) => void): Promise<LoadResult> {
    const { signal } = this.#context
    if (job.kind === 'requests')
      return await load(this.runtime, job.plan, { signal, onProgress: progressLine(job.plan, show) })
    const { work, timeoutS, ...round } = job
    const unit = servesSessionsOnly(this.runtime) ? 'session' : 'call'
    const driver = workDriver({ work, timeoutS, unit })
    const onProgress = progressLine({ ...round, unit }, show)
    return await driver.drive(driverTarget(this.runtime), { ...round, number: 0 }, { signal, onProgress })
  }

  /**
   * Where a port of the conf is published on 127.0.0.1, for servers that are not the first.
   * @throws RuntimeError for a port that the conf does not listen on
   */
  port(confPort: number): number {
    return driverTarget(this.runtime).port(confPort)
  }

  /** One request on a connection of its own, path relative to `url`; the answer as `fetch` gives it. */
  fetch(path: string, init?: RequestInit): Promise<Response> {
    // A connection kept from before may be one that a reload is just closing.
    const headers = new Headers(init?.headers)
    headers.set('connection', 'close')
    return fetch(new URL(path, this.runtime.url), { signal: this.#context.signal, ...init, headers })
  }

  /** The error log so far. */
  errorLog(): Promise<string> {
    return this.runtime.errorLog()
  }

  /** HUP, and wait until new workers serve. */
  reload(): Promise<void> {
    return this.#use(() => this.runtime.reload())
  }

  #use<T>(work: () => Promise<T>): Promise<T> {
    const { shared } = this.#context
    return shared ? shared.server.run(shared.testName, work) : work()
  }

  #identity(): Promise<RunIdentity> {
    const { folder, shared } = this.#context
    return shared ? shared.server.identity(folder) : identityOf(folder)
  }

  /** What a file or the conf gives to ask. The conf is read where it lies. */
  async #explore(input: PlanInput, { expectStatus }: Plan): Promise<Exploration | undefined> {
    if (input.requestsFrom === undefined && input.routes === undefined) return undefined
    const { folder, started } = this.#context
    const asked = {
      input,
      expectStatus,
      ...(input.requestsFrom !== undefined && { file: resolve(folder, input.requestsFrom) }),
    }
    if (!started) return await explore(asked)
    const { boot } = started
    return await lookAtConf(boot, (tree) => explore({ ...asked, conf: { tree, title: boot.conf } }))
  }

  #progress(): Progress {
    return new Progress({ err: this.#context.terminal ?? { write: () => {} } })
  }
}
