import type { RunIdentity } from '../types/identity.js'
import type { RoundLoad } from '../types/load.js'
import type { Moment } from '../types/moment.js'
import type { Plan } from '../types/plan.js'
import type { OtherProcess, Runtime } from '../types/runtime.js'
import type { Snapshot } from '../types/snapshot.js'
import type { WatchFacts } from '../types/watch.js'
import type { Step, Timeline } from '../verdict/timeline.js'
import { asWatch } from '../verdict/watched.js'

/** All that was seen of one run, before anything is judged. */
export interface Measurement {
  readonly plan: Plan
  readonly runtime: Pick<Runtime, 'kind' | 'description' | 'notices' | 'prefix' | 'doubts'>
  /** When, of what and where; absent where nobody said. */
  readonly identity?: RunIdentity
  /** Worker pids. */
  readonly workers: readonly number[]
  /** Processes beside the workers that run Lua, such as the privileged agent, in the order of each moment's `others`. */
  readonly others: readonly OtherProcess[]
  /** In the order taken. */
  readonly moments: readonly Moment[]
  /** Why the run cannot be believed, in sentences. */
  readonly faults: readonly string[]
  /** What else must be said aloud, in sentences. */
  readonly notes: readonly string[]
  /** Of a watch, whose rounds somebody else's traffic made. They are all `planned`: what is told is told over all of them. */
  readonly watch?: WatchFacts
}

/** The loads of one kind, also the one that broke the run. */
export function loadsOf({ moments }: Measurement, kind: Moment['kind']): RoundLoad[] {
  return moments.flatMap((moment) => (moment.kind === kind && moment.load ? [moment.load] : []))
}

/** What each round of one kind completed; in a watch the requests that nginx counted, or 0 where it counts none. */
export function requestsOfKind(measurement: Measurement, kind: Moment['kind']): number[] {
  if (!measurement.watch) return loadsOf(measurement, kind).map(({ completed }) => completed)
  const seen = seenMoments(measurement)
  return seen.flatMap((moment, index) =>
    moment.kind === kind ? [countedBetween('requests', seen[index - 1]?.snapshots ?? [], moment.snapshots)] : [],
  )
}

/** Moments whose snapshots were taken. */
export function seenMoments({ moments }: Measurement): Moment[] {
  return moments.filter(({ snapshots }) => snapshots.length > 0)
}

/**
 * The judged moments: those before any load and the planned rounds; confirming and further rounds only where all of them and a drain behind them
 * are there. They are the first of those that were seen.
 */
export function judgedMoments(measurement: Measurement): Moment[] {
  const seen = seenMoments(measurement)
  const kinds = seen.map(({ kind }) => kind)
  const solo = kinds.indexOf('solo')
  const all = solo < 0 ? seen : seen.slice(0, solo)
  const drains = all.flatMap(({ kind }, moment) => (kind === 'drain' ? [moment] : []))
  const planned = all.findLastIndex(({ kind }) => ['start', 'idle', 'planned'].includes(kind))
  return all.slice(0, 1 + Math.max(planned, drains.at(-1) ?? -1))
}

/** What the verdict needs to know of each judged moment. */
export function timelineOf(measurement: Measurement): Timeline {
  const judged = judgedMoments(measurement)
  const timeline = judged.map((moment, index): Step => {
    const before = judged[index - 1]
    return {
      kind: moment.kind,
      units: moment.load || (measurement.watch && moment.kind === 'planned') ? unitsOf(measurement, moment, before) : 0,
      seconds: before ? secondsBetween(before.snapshots, moment.snapshots) : 0,
    }
  })
  return measurement.watch ? asWatch(timeline) : timeline
}

/** What the growth of the load that ended at this moment is counted by. */
export function unitsOf({ plan }: Measurement, { load, snapshots }: Moment, before: Moment | undefined): number {
  const { driver, per } = plan
  const counted = (counter: 'requests' | 'accepted') => countedBetween(counter, before?.snapshots ?? [], snapshots)
  switch (per) {
    case 'reload':
      return 1
    case 'second':
      return secondsBetween(before?.snapshots ?? [], snapshots)
    case 'connection':
      return counted('accepted')
    case 'call':
      return load?.completed ?? 0
    case 'request':
      return load && driver.kind === 'requests' ? load.completed : counted('requests')
    case 'session':
      return driver.kind === 'command' ? counted('accepted') : (load?.completed ?? 0)
  }
}

/** By a counter of nginx's, all workers together: they share it. */
function countedBetween(
  counter: 'requests' | 'accepted',
  [from]: readonly Snapshot[],
  [to]: readonly Snapshot[],
): number {
  return from?.nginx && to?.nginx ? to.nginx[counter] - from.nginx[counter] : 0
}

function secondsBetween([from]: readonly Snapshot[], [to]: readonly Snapshot[]): number {
  return from && to ? (to.takenAtMs - from.takenAtMs) / 1000 : 0
}
