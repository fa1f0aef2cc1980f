import { addKinds, type CdataKinds, gainedKinds } from '../heap/source/cdata.js'
import type { ProcessGrowth } from '../types/report.js'
import { IDLE, lastPlanned, type Timeline } from '../verdict/timeline.js'
import type { GarbageKind, HolderTrack } from './holders.js'

/**
 * The objects of Lua behind a growth of malloc, by C type and what frees them: of a path the kind of cdata that gained most there,
 * of lost blocks and garbage the kind of unreachable objects that hold most.
 * @returns nothing where no such object was seen
 */
export function mallocObject(
  { kind, node }: HolderTrack,
  unreachable: readonly GarbageKind[],
  timeline: Timeline,
): Pick<ProcessGrowth, 'ctype' | 'finalizer'> {
  if (kind !== 'path') {
    const [most] = unreachable
    return most ? { ctype: most.ctype, finalizer: most.finalizer } : {}
  }
  const gained: CdataKinds = new Map()
  const { columns } = node!
  const perMoment = Math.max(1, Math.floor(columns.length / timeline.length))
  for (const [moment, sign] of [[IDLE, -1] as const, [lastPlanned(timeline), 1] as const]) {
    for (const holding of columns.slice(moment * perMoment, (moment + 1) * perMoment)) {
      if (holding?.cdata) addKinds(gained, holding.cdata, sign)
    }
  }
  const [most] = gainedKinds(gained)
  return most ? { ctype: most.name, finalizer: most.finalizer } : {}
}
