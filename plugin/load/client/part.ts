import type { LoadPlan } from '../../types/load.js'
import type { RequestSpec } from '../../types/request.js'
import type { Aim } from '../plan/aim.js'
import { split } from '../plan/schedule.js'
import type { TallyData } from './tally.js'

/** What one client thread has to do: its share of a plan whose requests are parsed and aimed. Plain data. */
export interface Part {
  readonly plan: LoadPlan
  readonly requests: readonly RequestSpec[]
  readonly aims: readonly Aim[]
  /** `{n}` counts from here ... */
  readonly firstNumber: number
  /** ... in steps of this, so that no two threads use one number. */
  readonly numberStep: number
}

/** What one client thread counted. Plain data; times are Unix times, so that threads can be put together. */
export interface PartCount {
  readonly tally: TallyData
  /** When the first connection was ready, and when the last answer came; null if that never was. */
  readonly startMs: number | null
  readonly lastMs: number | null
  /** Requests that were due by the rate before the duration was over; null without a rate. */
  readonly due: number | null
  readonly gaveUp: string | null
  /** Requests per second, sampled each 100 ms. */
  readonly rates: readonly number[]
}

/** Cuts a plan into equal parts, one per client thread; amount, connections and rate add up to the plan's. */
export function planParts(plan: LoadPlan, requests: readonly RequestSpec[], aims: readonly Aim[]): Part[] {
  const { threads = 1, firstNumber = 0, rate } = plan
  const equal = Array.from({ length: threads }, () => 1)
  const amounts = split(plan.amount, equal)
  const connections = split(plan.connections, equal)
  return equal.map((_, index) => ({
    plan: {
      ...plan,
      amount: amounts[index]!,
      connections: connections[index]!,
      ...(rate !== undefined && { rate: rate / threads }),
    },
    requests,
    aims,
    firstNumber: firstNumber + index,
    numberStep: threads,
  }))
}
