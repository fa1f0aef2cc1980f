import { sumOf } from '../base/sum.js'
import { processName } from '../process/path.js'
import type { Growth, GrowthClass } from '../types/growth.js'
import type { LeakReport } from '../types/report.js'
import type { GrowsSoFar } from '../types/watch.js'

/** What leaks, grows by the clock, or is undecided yet: the Lua heap's first, the largest first. */
export function growsSoFar({ growths, moved, process }: LeakReport): GrowsSoFar[] {
  const onHeap = [...growths, ...moved.filter(isUndecided)].map(
    (growth): GrowsSoFar => ({
      class: growth.class,
      path: growth.path,
      gained: sumOf(growth.rounds),
      unit: unitOf(growth),
      coveredBy: growth.coveredBy,
    }),
  )
  const offHeap = [...process.growths, ...(process.moved ?? []).filter(isUndecided)].map(
    (growth): GrowsSoFar => ({
      class: growth.class,
      path: processName(growth),
      gained: sumOf(growth.rounds ?? []),
      unit: 'bytes',
      coveredBy: growth.coveredBy ?? null,
    }),
  )
  return [...onHeap, ...offHeap]
}

function isUndecided({ class: found }: { readonly class: GrowthClass }): boolean {
  return found === 'slowing'
}

/** What a growth's rounds count: the first of these that moves. */
function unitOf({ objectsPerRequest, entriesPerRequest }: Growth): GrowsSoFar['unit'] {
  if (objectsPerRequest !== 0) return 'objects'
  return entriesPerRequest === 0 ? 'bytes' : 'entries'
}
