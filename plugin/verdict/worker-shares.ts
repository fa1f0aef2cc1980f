import { sumOf } from '../base/sum.js'
import type { WorkerShare } from '../types/growth.js'
import { gainNumbers, IDLE, type Timeline } from './timeline.js'

/** Values by moment, of each worker. */
type ByWorker = readonly (readonly number[])[]

/**
 * Each worker's part of a growth, the largest first.
 * @param lead what the growth is judged by
 * @param unit what its rounds count
 * @param served requests of each worker over all rounds; null where they are not known
 */
export function workerShares(
  pids: readonly number[],
  { lead, unit }: { readonly lead: ByWorker; readonly unit: ByWorker },
  served: readonly number[] | null,
  timeline: Timeline,
): WorkerShare[] {
  const gained = lead.map((values) => Math.max(0, values.at(-1)! - values[IDLE]!))
  const all = sumOf(gained)
  return pids
    .map((pid, worker) => ({
      pid,
      share: all > 0 ? Number((gained[worker]! / all).toFixed(4)) : 0,
      ...own(unit[worker]!, served?.[worker], timeline),
    }))
    .sort((one, other) => other.share - one.share)
}

function own(
  values: readonly number[],
  requests: number | undefined,
  timeline: Timeline,
): Pick<WorkerShare, 'requests' | 'perRequest'> {
  if (requests === undefined) return {}
  if (requests === 0) return { requests }
  const gain = sumOf(gainNumbers(values, timeline))
  return { requests, perRequest: Number((gain / requests).toPrecision(5)) }
}
