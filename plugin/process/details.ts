import { sumBy } from '../base/sum.js'
import { addKinds, allKinds, type CdataKinds, cdataKinds } from '../heap/source/cdata.js'
import { pathAt } from '../heap/tree/snapshot-tree.js'
import type { CdataGrowth } from '../types/growth.js'
import type { AllocatorChunks, ArenaChunks, SizeClass, Snapshot, VmSnapshot } from '../types/snapshot.js'

/** What else a snapshot tells of a worker's memory: what its allocators have free, and what its strings, cdata, tables and code are. Bytes. */
export interface Details {
  readonly vms: readonly VmDetails[]
  /** Of glibc's malloc; empty where it is another, or was not asked for. */
  readonly arenas: readonly ArenaChunks[]
}

export interface VmDetails {
  readonly vm: string
  /** Null where the VM has another allocator than LuaJIT's, or its chunks could not be followed; absent where it was not asked for. */
  readonly allocator?: AllocatorChunks | null
  /** Reachable ones; absent where they were not asked for. */
  readonly strings?: {
    readonly sizes: readonly SizeClass[]
    /** The largest of the VM by their paths, those with the most bytes first. */
    readonly largest: readonly { readonly path: string; readonly strings: number; readonly bytes: number }[]
  }
  /** Reachable ones. */
  readonly cdata: {
    readonly objects: number
    /** How many of them have a finalizer; those of type `...` are not among them. */
    readonly finalized: number
    /** The most objects first; those of paths with very many kinds are one, of type `...`. */
    readonly kinds: readonly CdataGrowth[]
  }
  readonly tables: {
    readonly objects: number
    readonly slots: number
    readonly used: number
    readonly emptyBytes: number
  }
  readonly code: { readonly traces: number; readonly traceBytes: number; readonly mcodeBytes: number }
}

export function detailsOf({ vms, process: { arenas = [] } }: Snapshot): Details {
  return { vms: vms.map(detailsOfVm), arenas }
}

function detailsOfVm(vm: VmSnapshot): VmDetails {
  const { label, allocator, strings, total, mcode } = vm
  const [traces, traceBytes] = total.trace ?? [0, 0]
  return {
    vm: label,
    ...(allocator !== undefined && { allocator }),
    ...(strings && { strings: { sizes: strings.sizes, largest: byPath(strings.largest, vm) } }),
    cdata: cdataOf(vm),
    tables: tablesOf(vm),
    code: { traces, traceBytes, mcodeBytes: mcode },
  }
}

function byPath(largest: readonly (readonly [node: number, bytes: number])[], { nodes }: VmSnapshot) {
  const paths = new Map<string, { path: string; strings: number; bytes: number }>()
  for (const [node, bytes] of largest) {
    const path = pathAt(nodes, node)
    const known = paths.get(path) ?? { path, strings: 0, bytes: 0 }
    paths.set(path, { path, strings: known.strings + 1, bytes: known.bytes + bytes })
  }
  return [...paths.values()].sort((one, other) => other.bytes - one.bytes)
}

function cdataOf({ nodes }: VmSnapshot): VmDetails['cdata'] {
  const all: CdataKinds = new Map()
  for (const { ct } of nodes) if (ct) addKinds(all, cdataKinds(ct))
  const kinds = allKinds(all)
  const finalized = kinds.filter(({ finalizer }) => finalizer !== null)
  const objectsOf = (of: readonly CdataGrowth[]) => sumBy(of, ({ objects }) => objects)
  return { objects: objectsOf(kinds), finalized: objectsOf(finalized), kinds }
}

function tablesOf({ nodes, reachable }: VmSnapshot): VmDetails['tables'] {
  const sums = { slots: 0, used: 0, emptyBytes: 0 }
  for (const { sl } of nodes) {
    if (!sl) continue
    const [arrayUsed, arrayAllocated, hashUsed, hashAllocated, bytes] = sl
    const [used, slots] = [arrayUsed + hashUsed, arrayAllocated + hashAllocated]
    sums.slots += slots
    sums.used += used
    sums.emptyBytes += Math.round(bytes * (1 - used / Math.max(1, slots)))
  }
  return { objects: reachable.table?.[0] ?? 0, ...sums }
}
