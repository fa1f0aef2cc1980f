import type { CheckedLeak, ParsedBudget } from './budget.js'
import type { DriverPlan } from './driver.js'
import type { GrowthUnit } from './growth.js'
import type { HttpProtocol, RequestMix, RequestSpec } from './request.js'
import type { StatusRanges } from './status.js'

/** A whole measurement; every field has its default filled in. */
export interface Plan {
  /** Who makes the load. */
  readonly driver: DriverPlan
  /** The kinds of request that the client built in sends; none where another driver makes the load. */
  readonly requests: readonly RequestSpec[]
  /** Where they come from; absent where the plan's user wrote them. */
  readonly mix?: RequestMix
  readonly connections: number
  /** Whether connections serve more than one request. */
  readonly keepAlive: boolean
  /** What all requests are spoken in. Absent: HTTP/2 where a listener speaks nothing else, or else HTTP/1.1. */
  readonly protocol?: HttpProtocol
  /** Requests that may be under way at once on each connection of HTTP/2. */
  readonly streams?: number
  /** Connections at which each load begins, for two requests each; 0 for no burst. */
  readonly burst: number
  /** What growth is counted by: requests, connections that nginx accepted, or reloads, one before each round. */
  readonly per: GrowthUnit
  readonly expectStatus: StatusRanges
  readonly timeoutS: number
  /** Requests of the warm-up. */
  readonly warmup: number
  /** Requests per planned round. */
  readonly rounds: readonly number[]
  /** Requests per confirming round. */
  readonly confirm: readonly number[]
  /** Requests per further round, for what the confirming ones leave undecided; may be empty. */
  readonly further: readonly number[]
  /** Requests of each kind alone, once a plan of several kinds is seen to leak. */
  readonly solo: number
  /** Idle time between S0 and S0', in ms. */
  readonly idleMs: number
  /** Longest wait for things to settle after a round, in ms. */
  readonly settleMs: number
  /** Idle time after the confirming rounds, in ms. */
  readonly drainMs: number
  /** Whether to start the conf once more where something leaks, to see which line adds it. */
  readonly locate: boolean
  readonly budgets: readonly ParsedBudget[]
  /** Which keys the report must not show: `true`, or a regular expression. Absent: none. */
  readonly redact?: true | string | undefined
  readonly knownLeaks: readonly CheckedLeak[]
}
