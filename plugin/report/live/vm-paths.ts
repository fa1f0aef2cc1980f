import { mainHolder, type PathRow, pathRows } from '../../heap/tree/largest.js'
import { linesByPath } from '../../heap/tree/lines.js'
import { heapTrees } from '../../heap/tree/snapshot-tree.js'
import { bytesOf } from '../../heap/tree/tally.js'
import type { MayBeAddedAt } from '../../types/added.js'
import type { Snapshot, VmSnapshot } from '../../types/snapshot.js'

/** One VM of a snapshot by its reference paths. */
export interface VmPaths {
  readonly vm: VmSnapshot
  /** In the tree's own order. */
  readonly rows: readonly PathRow[]
  /** The lines whose code may add to what is at a path; paths without one are left out. */
  readonly lines: ReadonlyMap<string, readonly MayBeAddedAt[]>
}

/** Each VM of a snapshot, in the snapshot's order. */
export function vmPaths(snapshot: Snapshot): VmPaths[] {
  const trees = heapTrees(snapshot)
  const lines = linesByPath(snapshot)
  return snapshot.vms.map((vm) => ({
    vm,
    rows: trees.filter((tree) => tree.vm === vm.label).flatMap(pathRows),
    lines: lines.get(vm.label) ?? new Map(),
  }))
}

/** The deepest path below a root that more than half of what is reachable hangs on, if there is one. */
export function mainHolderOf({ vm, rows }: VmPaths): PathRow | undefined {
  const holder = mainHolder(rows, bytesOf(vm.reachable))
  return holder?.path.includes('.') ? holder : undefined
}
