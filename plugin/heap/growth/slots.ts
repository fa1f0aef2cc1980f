import type { Growth } from '../../types/growth.js'
import { IDLE, lastPlanned, type Timeline } from '../../verdict/timeline.js'
import type { PathNode, Slots } from '../node.js'
import { isManyKeys } from '../path.js'
import type { HeapSeries } from '../series.js'
import type { Site } from './sites.js'

/** What the slots of a site's container gained over the planned rounds: tables grow by doubling, so this is reported beside their entries. */
export function slotsOf(
  { node, tracks }: Site,
  series: HeapSeries,
  timeline: Timeline,
): Pick<Growth, 'slots' | 'capacity'> {
  const table = tracks[0].metric === 'slots' ? node : containerOf(node)
  if (!table) return { slots: { used: 0, allocated: 0, bytes: 0 } }
  const before = slotsAt(table, IDLE, series)
  const after = slotsAt(table, lastPlanned(timeline), series)
  const [arrayUsed, array, hashUsed, hash, bytes] = after.map((slots, part) => slots - before[part]!) as Slots
  const part = array > hash || (array === hash && arrayUsed >= hashUsed) ? 'array' : 'hash'
  const at = part === 'array' ? 1 : 3
  return {
    slots: { used: arrayUsed + hashUsed, allocated: array + hash, bytes },
    capacity: { part, before: before[at], after: after[at], used: part === 'array' ? arrayUsed : hashUsed },
  }
}

/** The table whose elements or keys a path stands for. */
function containerOf({ parent, step }: PathNode): PathNode | null {
  return isManyKeys(step) || step === '.<keys>' ? parent : null
}

function slotsAt(table: PathNode, moment: number, series: HeapSeries): Slots {
  const total: Slots = [0, 0, 0, 0, 0]
  for (const { slots } of series.holdings(table, moment)) {
    slots.forEach((value, part) => {
      total[part]! += value
    })
  }
  return total
}
