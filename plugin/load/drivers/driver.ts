import type { DriverKind } from '../../types/driver.js'
import type { RoundLoad } from '../../types/load.js'
import type { RequestSpec } from '../../types/request.js'
import type { NginxCounters } from '../../types/snapshot.js'
import type { LoadTarget } from '../plan/aim.js'
import type { LoadProgress } from '../progress.js'

/** The server that is loaded. A Runtime is one. */
export interface DriverTarget extends LoadTarget {
  /** Where a port of the conf is published. Throws for one that it does not listen on. */
  port(confPort: number): number
  /** The TCP ports that the conf listens on. */
  readonly ports: readonly number[]
  /** nginx's counters; null where the build has none. */
  counters(): Promise<NginxCounters | null>
}

/** One round of load, between two snapshots. */
export interface Round {
  /** Units to complete; to a command a hint. */
  readonly amount: number
  /** Seconds after which no more units are begun. Default: no limit. */
  readonly durationS?: number | undefined
  readonly connections: number
  /** Number of the first unit; a run passes on the sum of what was sent. */
  readonly firstNumber: number
  /** Which load of the run this is: 0 is the warm-up. */
  readonly number: number
  /** Units after which a command is ended, whose size is its own, however it ends then. Default: it runs to its end. */
  readonly enough?: number
  /** Of a plan of requests: those of this round. */
  readonly requests: readonly RequestSpec[]
}

export interface RoundOptions {
  /** Ends the round at once; it then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((progress: LoadProgress) => void) | undefined
}

/** Makes load of one kind: completes the units of a round and says how many there were. */
export interface Driver {
  readonly kind: DriverKind
  /** Units that fail are counted in the result; it throws only for what cannot be driven at all. */
  drive(target: DriverTarget, round: Round, options?: RoundOptions): Promise<RoundLoad>
}
