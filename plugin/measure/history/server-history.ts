import type { Measurement } from '../../analysis/measurement.js'
import { sumBy } from '../../base/sum.js'
import type { Plan } from '../../types/plan.js'
import type { RequestSpec } from '../../types/request.js'
import type { NginxCounters } from '../../types/snapshot.js'

/**
 * What a running server was asked by all measurements and loads of it, so that the next one neither repeats a key nor a warm-up:
 * a key that was sent before hides what is kept by key, and what only happens once has happened.
 */
export class ServerHistory {
  #nextNumber = 0
  #measurements = 0
  #workers: readonly number[] = []
  readonly #asked = new Map<string, number>()
  /** nginx's count of requests when the last measurement ended; undefined where it did not end well. */
  #requests: number | undefined

  /** A `{n}` that nobody has sent, nor one above it. */
  get nextNumber(): number {
    return this.#nextNumber
  }

  /** How many measurements there were. */
  get measurements(): number {
    return this.#measurements
  }

  /** Numbers below this one may have been sent. */
  noteNumbers(below: number): void {
    this.#nextNumber = Math.max(this.#nextNumber, below)
  }

  /** These workers have completed so many requests of a plan. */
  noteLoad(plan: Plan, requests: readonly RequestSpec[], completed: number, workers: readonly number[]): void {
    if (!isSame(workers, this.#workers)) this.#asked.clear()
    this.#workers = workers
    this.#requests = undefined
    const weights = sumBy(requests, weightOf)
    for (const request of requests) {
      const key = keyOf(plan, request)
      this.#asked.set(key, (this.#asked.get(key) ?? 0) + (completed * weightOf(request)) / weights)
    }
  }

  /** A measurement has ended, well or with faults. */
  noteEnd({ moments, faults }: Pick<Measurement, 'moments' | 'faults'>): void {
    this.#measurements++
    this.#requests = faults.length === 0 ? moments.at(-1)?.snapshots[0]?.nginx?.requests : undefined
  }

  /**
   * Whether these workers have answered each request of the plan at least as often as its warm-up would ask, over connections of the same kind,
   * and nobody has asked anything else since: an answer that another request has changed is a new one.
   * @param workers those that there are, by pid
   * @param counters nginx's, before the next measurement asks anything; null where the build has none
   */
  isWarm(plan: Plan, workers: readonly number[], counters: Pick<NginxCounters, 'requests'> | null): boolean {
    if (counters === null || counters.requests !== this.#requests) return false
    if (plan.requests.length === 0 || !isSame(workers, this.#workers)) return false
    const weights = sumBy(plan.requests, weightOf)
    return plan.requests.every(
      (request) => (this.#asked.get(keyOf(plan, request)) ?? 0) >= (plan.warmup * weightOf(request)) / weights,
    )
  }
}

function weightOf({ weight = 1 }: RequestSpec): number {
  return weight
}

/** What is sent, and over which connections. */
function keyOf({ connections, keepAlive, burst, protocol, streams }: Plan, request: RequestSpec): string {
  const { method, path, headers, body, port, socket, abortAfterMs } = request
  return JSON.stringify([
    [method, path, headers, body, port, socket, abortAfterMs],
    [connections, keepAlive, burst, protocol, streams],
  ])
}

function isSame(some: readonly number[], others: readonly number[]): boolean {
  return some.length === others.length && some.every((one, index) => one === others[index])
}
