import type { MayBeAddedAt } from '../../types/added.js'
import type { Snapshot } from '../../types/snapshot.js'
import { alignSeries } from '../align.js'
import { pathOf } from '../node.js'
import { mayAdd } from '../owner/may-add.js'
import { placesIn } from '../owner/place.js'
import { printPath } from '../path.js'

/** Of one snapshot, the lines whose code may add to what is at each path, by VM and path; paths without one are left out. */
export function linesByPath(snapshot: Snapshot): ReadonlyMap<string, ReadonlyMap<string, readonly MayBeAddedAt[]>> {
  const series = alignSeries([[snapshot]])
  const placeOf = placesIn(series)
  return new Map(
    series.vms.map(({ label, nodes }) => {
      const told = nodes.map((node) => [node, mayAdd(node, placeOf)] as const)
      const known = told.filter(([{ parent }, lines]) => parent !== null && lines.length > 0)
      return [label, new Map(known.map(([node, lines]) => [printPath(pathOf(node)), lines]))]
    }),
  )
}
