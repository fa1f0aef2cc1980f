import type { TypeName } from '../../types/snapshot.js'
import type { PathNode } from '../node.js'
import type { HeapSeries } from '../series.js'

/** Objects (part 0) or bytes (part 1) of one type by moment, over all members and all workers, or one of them. */
export function tally(
  type: TypeName,
  part: 0 | 1,
  members: readonly PathNode[],
  series: HeapSeries,
  worker?: number,
): number[] {
  const workers = worker === undefined ? [...series.workers.keys()] : [worker]
  const byMoment = new Array<number>(series.taken).fill(0)
  for (const member of members) {
    for (const moment of byMoment.keys()) {
      for (const each of workers)
        byMoment[moment]! += series.holding(member, moment, each)?.objects.get(type)?.[part] ?? 0
    }
  }
  return byMoment
}
