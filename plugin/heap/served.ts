import type { Snapshot } from '../types.js'

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
    served.push(connections.reduce((sum, [number, requests]) => sum + requests - (had.get(number) ?? 0), 0))
  }
  return served.reduce((sum, requests) => sum + requests, 0) === to - from ? served : null
}

/** nginx's count over all workers; null where they were not all seen at the same count. */
function countedAt(moment: readonly Snapshot[]): number | null {
  const counts = new Set(moment.map(({ nginx }) => nginx?.requests))
  const [count] = counts
  return counts.size === 1 && count !== undefined ? count : null
}
