import type { RoundLoad } from './load.js'
import type { Snapshot } from './snapshot.js'

/**
 * What happened before a moment's snapshots: `start` the warm-up, `idle` nothing; `planned`, `confirm` and `further` a round of load;
 * `drain` nothing again, after rounds of load; `solo` a load of one request alone, or of some of the plan's.
 */
export type MomentKind = 'start' | 'idle' | 'planned' | 'confirm' | 'further' | 'drain' | 'solo'

/** One point of a run at which every process was looked at. */
export interface Moment {
  readonly kind: MomentKind
  /** The load that ended here; absent where nothing was asked. */
  readonly load?: RoundLoad
  /** Name of the request that was sent alone, of a `solo`. */
  readonly request?: string
  /** Their names where several were sent together, each as often as the others. */
  readonly requests?: readonly string[]
  /** One per worker, workers always in the same order; empty where the run broke off in the load. */
  readonly snapshots: readonly Snapshot[]
  /** One per other process of nginx that runs Lua, always in the same order. */
  readonly others: readonly Snapshot[]
}
