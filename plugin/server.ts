import { load } from './load/autocannon.js'
import { type LoadInput, parseLoadInput } from './load/input.js'
import type { LeakRun } from './measure.js'
import { measure } from './measure.js'
import type { PlanInput } from './plan.js'
import { makePlan } from './plan.js'
import type { LeakReport, LoadResult, Runtime } from './types.js'

/** What a server takes over from the test that started it. */
export interface ServerContext {
  /** Plan of the plugin's options, under each measurement's own. */
  readonly defaults: PlanInput
  readonly signal: AbortSignal
  readonly record: (report: LeakReport) => void
}

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
   * Load alone, no snapshots: `amount` requests, or 10 s of them.
   * @throws LoadError for a load that makes no sense; the signal's reason when the test ends first
   */
  async load(input: LoadInput): Promise<LoadResult> {
    return load(this.runtime, parseLoadInput(input), { signal: this.#context.signal })
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
