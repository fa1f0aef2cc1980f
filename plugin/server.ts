import { defined } from './defined.js'
import { load } from './load/autocannon.js'
import type { LeakRun } from './measure.js'
import { measure } from './measure.js'
import type { PlanInput } from './plan.js'
import { makePlan } from './plan.js'
import type { LeakReport, LoadPlan, LoadResult, Runtime } from './types.js'

/** What a server takes over from the test that started it. */
export interface ServerContext {
  /** Plan of the plugin's options, under each measurement's own. */
  readonly defaults: PlanInput
  readonly signal: AbortSignal
  readonly record: (report: LeakReport) => void
}

/** Load as a test writes it. See LoadPlan for what each means. */
export interface LoadInput
  extends Pick<PlanInput, 'request' | 'requests' | 'amount' | 'connections' | 'expectStatus' | 'timeoutS'>,
    Pick<LoadPlan, 'durationS' | 'threads' | 'rate' | 'script'> {}

/** One running OpenResty, as a test sees it. */
export class OpenrestyServer {
  /** The runtime below: workers, snapshots, counters. */
  readonly runtime: Runtime
  readonly #context: ServerContext

  constructor(runtime: Runtime, context: ServerContext) {
    this.runtime = runtime
    this.#context = context
  }

  /** Origin of the conf's first http listen: `http://127.0.0.1:8080`. */
  get url(): string {
    return this.runtime.url
  }

  /**
   * Warm-up, then rounds of load between snapshots; what grows in every round is a leak.
   * A run that could not be measured has the verdict `invalid`; it does not throw.
   * @throws PlanError for a plan that makes no sense; the signal's reason when the test ends first
   */
  async measure(input: PlanInput): Promise<LeakRun> {
    const run = await measure(this.runtime, makePlan({ ...this.#context.defaults, ...input }), {
      signal: this.#context.signal,
    })
    this.#context.record(run)
    return run
  }

  /**
   * Load alone, no snapshots: `amount` requests (default 20157), or as many as fit in `durationS`.
   * @throws PlanError, LoadError
   */
  async load({ durationS, threads, rate, script, ...input }: LoadInput): Promise<LoadResult> {
    const { request, requests: several, connections: many, ...shared } = this.#context.defaults
    const plan = makePlan({
      ...(input.request === undefined && input.requests === undefined && defined({ request, requests: several })),
      ...defined({ connections: many, expectStatus: shared.expectStatus, timeoutS: shared.timeoutS }),
      ...input,
    })
    const { requests, connections, expectStatus, timeoutS, rounds } = plan
    const amount = durationS !== undefined && input.amount === undefined ? Number.POSITIVE_INFINITY : sum(rounds)
    const optional = defined({ durationS, threads, rate, script })
    const { signal } = this.#context
    return load(this.runtime, { requests, amount, connections, expectStatus, timeoutS, ...optional }, { signal })
  }

  /** One request, path relative to `url`; the answer as `fetch` gives it. */
  fetch(path: string, init?: RequestInit): Promise<Response> {
    return fetch(new URL(path, this.runtime.url), { signal: this.#context.signal, ...init })
  }

  /** The error log so far. */
  errorLog(): Promise<string> {
    return this.runtime.errorLog()
  }

  /** HUP, and wait until new workers serve. */
  reload(): Promise<void> {
    return this.runtime.reload()
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, value) => total + value, 0)
}
