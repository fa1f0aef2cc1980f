import { sumBy, sumOf } from '../base/sum.js'
import type { Snapshot } from '../types/snapshot.js'
import { momentsOf, roundsOf, type Timeline } from './timeline.js'

/** nginx counts a request that a conf sends to itself once for each hop; a few more may be a client's that was cut off. */
export const HOPS_FROM = 1.5

/**
 * Requests that each worker served in all rounds together; null where that is not known exactly,
 * or where they are not the requests that rates count by, since the conf sends itself more.
 */
export function servedInRounds(moments: readonly (readonly Snapshot[])[], timeline: Timeline): number[] | null {
  const rounds = momentsOf(timeline).map(([before, after]) =>
    servedBetween(moments[before] ?? [], moments[after] ?? []),
  )
  const [first, ...rest] = rounds
  if (!first) return null
  let served = first
  for (const round of rest) {
    if (!round) return null
    served = served.map((requests, worker) => requests + round[worker]!)
  }
  return sumOf(served) < sumOf(roundsOf(timeline)) * HOPS_FROM ? served : null
}

/**
 * Requests that each worker served between two moments, in the workers' order; null where that is not known exactly:
 * a connection's slot that was used again has forgotten how many it served before, and then they are fewer than nginx counted.
 * @param before one snapshot per worker
 * @param after the same workers, in the same order
 */
export function servedBetween(before: readonly Snapshot[], after: readonly Snapshot[]): number[] | null {
  const [from, to] = [countedAt(before), countedAt(after)]
  if (from === null || to === null || before.length !== after.length) return null
  const served: number[] = []
  for (const [worker, { pid, connections }] of after.entries()) {
    const earlier = before[worker]!
    if (earlier.pid !== pid || !earlier.connections || !connections) return null
    const had = new Map(earlier.connections)
    served.push(sumBy(connections, ([number, requests]) => requests - (had.get(number) ?? 0)))
  }
  return sumOf(served) === to - from ? served : null
}

/** nginx's count over all workers; null where they were not all seen at the same count. */
function countedAt(moment: readonly Snapshot[]): number | null {
  const counts = new Set(moment.map(({ nginx }) => nginx?.requests))
  const [count] = counts
  return counts.size === 1 && count !== undefined ? count : null
}
