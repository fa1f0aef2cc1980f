import { tracksOf } from './heap/diff.js'
import { growthsOf } from './heap/growth.js'
import { alignSeries, type HeapSeries } from './heap/series.js'
import { type Classified, isGrowth, topmostSites } from './heap/sites.js'
import { classify, isCandidate, type Timeline } from './heap/verdict.js'
import type { Growth, LoadResult, Plan, Runtime, Snapshot } from './types.js'

/** All that was seen of one run, before anything is judged. */
export interface Measurement {
  readonly plan: Plan
  readonly runtime: Pick<Runtime, 'kind' | 'description' | 'notices'>
  /** Worker pids. */
  readonly workers: readonly number[]
  /** One snapshot per worker and moment: before and after idling, after each planned and confirming round, after the drain. */
  readonly moments: readonly (readonly Snapshot[])[]
  /** Load of the planned rounds whose snapshots were taken, or that broke the run. */
  readonly planned: readonly LoadResult[]
  readonly confirm: readonly LoadResult[]
  readonly drained: boolean
  /** Why the run cannot be believed, in sentences. */
  readonly faults: readonly string[]
}

/** What the measurement says about each path; nothing is covered yet. */
export interface Analysis {
  readonly measurement: Measurement
  readonly series: HeapSeries
  readonly timeline: Timeline
  readonly growths: readonly Growth[]
  readonly moved: readonly Growth[]
}

/** Whether any path grew so that only more load can tell what it is. */
export function needsConfirming(measurement: Measurement): boolean {
  const series = alignSeries(measurement.moments)
  const timeline = timelineOf(measurement)
  for (const { values } of tracksOf(series)) if (isCandidate(values.sum, timeline)) return true
  return false
}

/** Classes of all that moved, and the growths that explain it. */
export function analyse(measurement: Measurement): Analysis {
  const series = alignSeries(measurement.moments)
  const timeline = timelineOf(measurement)
  const tracks: Classified[] = []
  if (timeline.planned.length >= 2) {
    for (const track of tracksOf(series)) {
      if (isCandidate(track.values.sum, timeline)) tracks.push({ ...track, finding: classify(track.values, timeline) })
    }
  }
  const all = growthsOf(topmostSites(tracks), series, timeline)
  return {
    measurement,
    series,
    timeline,
    growths: all.filter((growth) => isGrowth(growth.class)),
    moved: all.filter((growth) => !isGrowth(growth.class)),
  }
}

/** Only rounds that have their snapshot count; confirming rounds only when all of them and the drain are there. */
function timelineOf({ plan, moments, planned, confirm, drained }: Measurement): Timeline {
  const completed = (loads: readonly LoadResult[]) => loads.map((load) => load.completed)
  const rounds = completed(planned).slice(0, Math.max(0, Math.min(plan.rounds.length, moments.length - 2)))
  const confirmed = drained ? completed(confirm) : []
  const lastRound = 1 + rounds.length + confirmed.length
  return {
    planned: rounds,
    confirm: confirmed,
    idleS: secondsBetween(moments[0], moments[1]),
    loadS: secondsBetween(moments[1], moments[lastRound]),
    drainS: drained ? secondsBetween(moments[lastRound], moments.at(-1)) : 0,
  }
}

function secondsBetween(from: readonly Snapshot[] | undefined, to: readonly Snapshot[] | undefined): number {
  if (!from?.[0] || !to?.[0]) return 0
  return (to[0].takenAtMs - from[0].takenAtMs) / 1000
}
