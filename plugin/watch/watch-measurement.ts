import type { Measurement } from '../analysis/measurement.js'
import { sumBy } from '../base/sum.js'
import type { Moment } from '../types/moment.js'
import type { Plan } from '../types/plan.js'
import type { Snapshot } from '../types/snapshot.js'
import type { WatchFacts } from '../types/watch.js'
import { LEAST_ROUNDS } from '../verdict/watched.js'
import type { Stretch } from './stretch.js'

export interface Watched {
  /** What is watched, for people: `nginx of process 1234`. */
  readonly description: string
  readonly plan: Plan
  readonly stretch: Stretch
  readonly facts: WatchFacts
  /** Why nothing could be watched any more, in words; undefined where that was not why it ended. */
  readonly lost: string | undefined
  /** What must be said aloud, in sentences. */
  readonly notes: readonly string[]
}

/**
 * A watch as the measurement of a run: its looks are the moments after rounds of load. Nothing was idle before the first round, so that
 * its moment stands for both of a run's first two. Fewer than 4 rounds are a fault.
 */
export function watchMeasurement({ description, plan, stretch, facts, lost, notes }: Watched): Measurement {
  const [first, ...rest] = stretch
  const moments: Moment[] = first
    ? [
        { kind: 'start', snapshots: first.snapshots, others: [] },
        { kind: 'idle', snapshots: first.snapshots, others: [] },
        ...rest.map(({ snapshots }): Moment => ({ kind: 'planned', snapshots, others: [] })),
      ]
    : []
  const requests = rest.map(({ snapshots }, round) => requestsBetween(stretch[round]!.snapshots, snapshots))
  const total = sumBy(requests, (each) => each ?? 0)
  const faults = faultsOf(rest.length, lost)
  const end = lost === undefined || faults.length > 0 ? [] : [`${lost}: this is the verdict on what was seen`]
  return {
    plan: { ...plan, rounds: requests.map((each) => each ?? 0), per: total > 0 ? 'request' : 'second' },
    runtime: { kind: 'attach', description, notices: [], doubts: [] },
    workers: (stretch.at(-1)?.snapshots ?? []).map(({ pid }) => pid),
    others: [],
    moments,
    faults,
    notes: [...end, ...notes],
    watch: facts,
  }
}

/** By nginx's own counter, which all of its workers share; null where its build has none. */
export function requestsBetween([from]: readonly Snapshot[], [to]: readonly Snapshot[]): number | null {
  return from?.nginx && to?.nginx ? to.nginx.requests - from.nginx.requests : null
}

function faultsOf(rounds: number, lost: string | undefined): string[] {
  if (rounds >= LEAST_ROUNDS) return []
  const why = lost === undefined ? '' : `${lost}; `
  const seen = rounds === 0 ? 'no round was seen' : `only ${rounds} ${rounds === 1 ? 'round was' : 'rounds were'} seen`
  return [`${why}${seen} without a restart: it takes ${LEAST_ROUNDS}, two to show a growth and two to confirm it`]
}
