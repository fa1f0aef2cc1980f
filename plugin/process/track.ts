import { sumBy, sumOf } from '../base/sum.js'
import type { ProcessGrowth } from '../types/report.js'
import type { MemoryRow, Snapshot } from '../types/snapshot.js'
import type { Values } from '../verdict/values.js'

/** One kind of memory off the Lua heap, followed over the snapshots. Values are bytes in use. */
export interface ProcessTrack {
  readonly category: ProcessGrowth['category']
  readonly zone?: string
  /** Of malloc: who holds this part of it. */
  readonly holder?: string
  readonly values: Values
}

/** sizeof(CType) in every build. */
const CTYPE_BYTES = 24

/**
 * What is judged off the Lua heap: malloc, each shared zone that tells its use, and FFI types. Not machine code, which comes and goes
 * with the compiler for thousands of requests, nor the resident set, which follows all of the above.
 * @param moments for each moment one snapshot per worker, workers always in the same order
 */
export function processTracks(moments: readonly (readonly Snapshot[])[]): ProcessTrack[] {
  const found: (ProcessTrack | undefined)[] = [
    track('malloc', moments, mallocOf),
    ...zonesOf(moments).map((zone) => zoneTrack(zone, moments)),
    track('ctype', moments, ({ vms }) => sumBy(vms, ({ ctypes }) => ctypes * CTYPE_BYTES)),
  ]
  return found.filter((each) => each !== undefined)
}

function track(
  category: ProcessTrack['category'],
  moments: readonly (readonly Snapshot[])[],
  bytesOf: (snapshot: Snapshot) => number | undefined,
): ProcessTrack | undefined {
  const columns = moments.map((moment) => moment.map(bytesOf))
  if (!columns.every((column) => column.every((bytes) => bytes !== undefined))) return undefined
  const byWorker = (columns[0] ?? []).map((_, worker) => columns.map((column) => column[worker]!))
  return { category, values: { sum: columns.map((column) => sumOf(column as number[])), byWorker } }
}

/** Blocks in use, allocator by allocator; where its blocks cannot be told apart, all that it holds. */
function mallocOf({ process: { rows } }: Snapshot): number | undefined {
  const own = rows?.filter(({ category }) => category === 'malloc')
  return own && sumOf(own.map(inUse))
}

function inUse({ name, used, bytes }: MemoryRow): number {
  return used ?? (name.endsWith(', free') ? 0 : bytes)
}

function zonesOf(moments: readonly (readonly Snapshot[])[]): string[] {
  return zoneRows(moments[0]?.[0]).map(({ name }) => name)
}

function zoneRows(snapshot: Snapshot | undefined): readonly MemoryRow[] {
  return (snapshot?.process.rows ?? []).filter(({ category, used }) => category === 'shm' && used !== undefined)
}

/** All workers share a zone: one of them is enough. */
function zoneTrack(zone: string, moments: readonly (readonly Snapshot[])[]): ProcessTrack | undefined {
  const first = moments.map((moment) => moment.slice(0, 1))
  const found = track('shm', first, (snapshot) => zoneRows(snapshot).find(({ name }) => name === zone)?.used)
  return found && { ...found, zone }
}

/** Unreachable objects whose finalizers have not run, all workers: each may hold memory off the heap until a collection. */
export function awaitingFinalizers(moments: readonly (readonly Snapshot[])[]): number[] {
  return moments.map((moment) => sumOf(moment.flatMap(({ vms }) => vms.map(({ finalizable }) => finalizable[0]))))
}
