import { escaped } from '../../base/escape.js'
import { count, plural, size } from '../../base/number.js'
import { luaPath } from '../../heap/path-words.js'
import { pathAt } from '../../heap/tree/snapshot-tree.js'
import type { VmSnapshot } from '../../types/snapshot.js'
import type { Rule, Unusual } from './unusual.js'

/** A table with fewer entries than this share of its slots is nearly empty. */
const NEARLY_EMPTY = 0.25
/** Share of a heap that empty slots must take to be told. */
const SLOTS_SHARE = 0.05

/** Slots are not given back when entries go, only when a table that is full is made anew. */
export const emptySlots: Rule = ({ vms }) => vms.flatMap(emptySlotsOf)

function emptySlotsOf({ label, nodes, gcTotal }: VmSnapshot): Unusual[] {
  return nodes.flatMap(({ sl }, index) => {
    if (!sl) return []
    const [arrayUsed, arrayAllocated, hashUsed, hashAllocated, bytes] = sl
    const [used, allocated] = [arrayUsed + hashUsed, arrayAllocated + hashAllocated]
    const empty = bytes * (1 - used / Math.max(1, allocated))
    if (used >= NEARLY_EMPTY * allocated || empty < SLOTS_SHARE * gcTotal) return []
    const path = pathAt(nodes, index)
    return [
      {
        says: `Tables at ${escaped(luaPath(path))} have ${count(allocated)} slots for ${plural(used, 'entry', 'entries')}: ${size(empty)} are empty.`,
        remedy:
          'A table keeps its slots when entries go, and table.clear keeps them too: put a new table in its place.',
        vm: label,
        place: { vm: label, path },
      },
    ]
  })
}
