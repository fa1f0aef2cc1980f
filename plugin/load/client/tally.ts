import { sumOf } from '../../base/sum.js'
import type { LoadPlan } from '../../types/load.js'
import type { Loss } from '../lane/lane.js'
import { allowsStatus } from '../plan/status.js'
import { Histogram, type HistogramData } from './histogram.js'

/** What was counted for one request name. */
export interface RequestCount {
  readonly completed: number
  readonly unexpected: number
  readonly statuses: Readonly<Record<string, number>>
  readonly latency: HistogramData
}

/** Everything one driver counted, as plain JSON: it crosses threads. */
export interface TallyData {
  readonly requests: readonly RequestCount[]
  readonly errors: Readonly<Record<Loss, number>>
  readonly bytesRead: number
  /** Requests that the server said it had not looked at. */
  readonly refused: number
  readonly firstError: string | null
}

/** Counts answers and losses while load runs. Requests are known by their index in the plan. */
export class Tally {
  readonly #allowed: readonly boolean[]
  readonly #requests: { completed: number; unexpected: number; statuses: Float64Array; latency: Histogram }[]
  readonly #errors: Record<Loss, number> = { connect: 0, reset: 0, timeout: 0, closed: 0 }
  #completed = 0
  #bytesRead = 0
  #refused = 0
  #firstError: string | null = null

  constructor(plan: Pick<LoadPlan, 'requests' | 'expectStatus'>) {
    this.#allowed = Array.from({ length: STATUSES }, (_, status) => allowsStatus(plan.expectStatus, status))
    this.#requests = plan.requests.map(() => ({
      completed: 0,
      unexpected: 0,
      statuses: new Float64Array(STATUSES),
      latency: new Histogram(),
    }))
  }

  get completed(): number {
    return this.#completed
  }

  /** Tries without an answer. */
  get lost(): number {
    return sumOf(Object.values(this.#errors))
  }

  answer(request: number, status: number, latencyUs: number): void {
    const count = this.#requests[request]!
    this.#completed++
    count.completed++
    count.statuses[status] = count.statuses[status]! + 1
    if (!this.#allowed[status]) count.unexpected++
    count.latency.record(latencyUs)
  }

  /** `request`: name of the one that was under way; undefined where there was none. */
  loss(kind: Loss, request: string | undefined, cause: Error | undefined): void {
    this.#errors[kind]++
    const what = kind === 'timeout' && request !== undefined ? `${request} got ` : ''
    this.#firstError ??= cause ? `${kind}: ${what}${reasonOf(cause)}` : kind
  }

  refusal(): void {
    this.#refused++
  }

  bytes(count: number): void {
    this.#bytesRead += count
  }

  toJSON(): TallyData {
    return {
      requests: this.#requests.map(({ completed, unexpected, statuses, latency }) => ({
        completed,
        unexpected,
        statuses: seen(statuses),
        latency: latency.toJSON(),
      })),
      errors: { ...this.#errors },
      bytesRead: this.#bytesRead,
      refused: this.#refused,
      firstError: this.#firstError,
    }
  }
}

/** Three digits are all that the parser lets through. */
const STATUSES = 1000

function seen(statuses: Float64Array): Record<string, number> {
  const counts: Record<string, number> = {}
  statuses.forEach((count, status) => {
    if (count > 0) counts[status] = count
  })
  return counts
}

/** Errors that gather others (one per address tried) say nothing themselves. */
function reasonOf(cause: Error): string {
  return cause.message || String((cause as { readonly code?: unknown }).code ?? cause.name)
}
