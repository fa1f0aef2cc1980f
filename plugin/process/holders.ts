import { sumBy } from '../base/sum.js'
import { onceForColumns, type PathNode, pathOf } from '../heap/node.js'
import { printPath } from '../heap/path.js'
import type { HeapSeries } from '../heap/series.js'
import { shortSource } from '../heap/source/short-source.js'
import type { GarbageMalloc, MallocHolders, MallocTally, Snapshot } from '../types/snapshot.js'
import type { Values } from '../verdict/values.js'

/** Who holds some of malloc's blocks, followed over the snapshots. Of all holders together the values are malloc in use. */
export interface HolderTrack {
  /**
   * `lost`: nobody, so far as words of the process tell, or only garbage whose collection frees nothing;
   * `garbage`: unreachable objects with finalizers; `path`: what only Lua holds there; `stack`: what only Lua's stacks and the collector reach;
   * `nginx`: nginx itself, the program, or a library.
   */
  readonly kind: 'lost' | 'garbage' | 'path' | 'stack' | 'nginx'
  /** `lost`, `garbage`, a Lua path, `Lua's stacks`, or `nginx: ...`. */
  readonly holder: string
  /** Of a path: the VM, and the path in its series, whose class the blocks inherit. */
  readonly vm?: string
  readonly node?: PathNode
  readonly bytes: Values
  readonly blocks: Values
}

/** A kind of objects that hold malloc's blocks though nothing reaches them. */
export interface GarbageKind {
  readonly ctype: string
  /** Source of a Lua function, `C function NAME`, or `__gc`; null: nothing frees what they hold. */
  readonly finalizer: string | null
  readonly objects: number
  readonly blocks: number
  readonly bytes: number
}

/** By moment, and for each of its workers. */
type Tallies = readonly (readonly MallocTally[])[]
type Follow = (tallies: Tallies) => Pick<HolderTrack, 'bytes' | 'blocks'>

const NONE: MallocTally = [0, 0]

/**
 * All who hold blocks at any moment. Undefined where a snapshot does not tell, such as with jemalloc.
 *
 * Garbage without a finalizer counts as lost: the collection that frees the objects, in whatever round it comes, leaves their blocks to nobody.
 * @param moments for each moment one snapshot per worker, workers always in the same order
 * @param series of the same moments
 */
export function holderTracks(
  moments: readonly (readonly Snapshot[])[],
  series: HeapSeries,
): readonly HolderTrack[] | undefined {
  const told = moments.map((moment) => moment.flatMap(({ process: { malloc } }) => malloc ?? []))
  const isWhole = told.every((each, moment) => each.length === moments[moment]!.length)
  if (!isWhole || told.flat().length === 0) return undefined
  const follow: Follow = (tallies) => valuesOf(tallies, series.workers)
  const tracks: HolderTrack[] = [
    { kind: 'lost', holder: 'lost', ...follow(moments.map((moment) => moment.map(lostBy))) },
    { kind: 'garbage', holder: 'garbage', ...follow(moments.map((moment) => moment.map(garbageBy))) },
    ...pathTracks(series, moments.length, follow),
    ...nginxTracks(told, follow),
  ]
  const stacks: HolderTrack = { kind: 'stack', holder: "Lua's stacks", ...follow(restOf(told, tracks)) }
  return [...tracks, stacks].filter(({ blocks }) => blocks.sum.some((value) => value !== 0))
}

/** Why nobody can tell who holds malloc, such as whose allocator it is; undefined where it is told at every moment. */
export function whyNoHolders(moments: readonly (readonly Snapshot[])[]): string | undefined {
  const without = moments.flat().find(({ process: { malloc } }) => !malloc)
  return without && (without.process.mallocWhy ?? 'the memory of the process was not read')
}

function lostBy({ process: { malloc }, vms }: Snapshot): MallocTally {
  const { blocks, bytes } = malloc!.lost
  return sum([[blocks, bytes], ...vms.map(({ garbageMalloc }) => garbageMalloc?.other ?? NONE)])
}

function garbageBy({ vms }: Snapshot): MallocTally {
  return sum(vms.map(({ garbageMalloc }) => garbageMalloc?.finalizable ?? NONE))
}

function* pathTracks(series: HeapSeries, moments: number, follow: Follow): Generator<HolderTrack> {
  const hold = onceForColumns((columns) => columns.some((holding) => holding?.malloc))
  for (const { label, nodes } of series.vms) {
    for (const node of nodes) {
      if (!hold(node.columns)) continue
      const tallies = Array.from({ length: moments }, (_, moment) =>
        series.workers.map((_pid, worker) => series.holding(node, moment, worker)?.malloc ?? NONE),
      )
      yield { kind: 'path', holder: printPath(pathOf(node)), vm: label, node, ...follow(tallies) }
    }
  }
}

function nginxTracks(told: readonly (readonly MallocHolders[])[], follow: Follow): HolderTrack[] {
  const names = new Set(told.flat().flatMap(({ holders }) => holders.map(([name]) => name)))
  return [...names].map((name) => {
    const heldBy = ({ holders }: MallocHolders): MallocTally => {
      const [, blocks, bytes] = holders.find(([each]) => each === name) ?? [name, 0, 0]
      return [blocks, bytes]
    }
    return { kind: 'nginx', holder: name, ...follow(told.map((moment) => moment.map(heldBy))) }
  })
}

/** What no track has: paths that a series leaves out, since what is there comes and goes by itself. */
function restOf(told: readonly (readonly MallocHolders[])[], tracks: readonly HolderTrack[]): Tallies {
  return told.map((workers, moment) =>
    workers.map(({ blocks, bytes }, worker): MallocTally => {
      const at = ({ byWorker }: Values) => byWorker[worker]![moment]!
      const [heldBlocks, heldBytes] = sum(tracks.map((track): MallocTally => [at(track.blocks), at(track.bytes)]))
      return [blocks - heldBlocks, bytes - heldBytes]
    }),
  )
}

function valuesOf(tallies: Tallies, workers: readonly number[]): Pick<HolderTrack, 'bytes' | 'blocks'> {
  const part = (index: 0 | 1): Values => ({
    sum: tallies.map((moment) => sumBy(moment, (tally) => tally[index])),
    byWorker: workers.map((_pid, worker) => tallies.map((moment) => moment[worker]![index])),
  })
  return { blocks: part(0), bytes: part(1) }
}

/**
 * What garbage of one moment holds, the most bytes first, workers summed.
 * @param freed with a finalizer (who holds `garbage`), or without (who is `lost` with the next collection)
 */
export function garbageKinds(moment: readonly Snapshot[], freed: boolean): GarbageKind[] {
  const kinds = new Map<string, GarbageKind>()
  const told: readonly GarbageMalloc[] = moment.flatMap(({ vms }) => vms.flatMap((vm) => vm.garbageMalloc ?? []))
  for (const [ctype, source, objects, blocks, bytes] of told.flatMap(({ ctypes }) => ctypes)) {
    if ((source !== null) !== freed) continue
    const finalizer = shortSource(source)
    const key = JSON.stringify([ctype, finalizer])
    const { objects: o = 0, blocks: k = 0, bytes: b = 0 } = kinds.get(key) ?? {}
    kinds.set(key, { ctype, finalizer, objects: o + objects, blocks: k + blocks, bytes: b + bytes })
  }
  return [...kinds.values()].sort((one, other) => other.bytes - one.bytes || (one.ctype < other.ctype ? -1 : 1))
}

function sum(tallies: readonly MallocTally[]): MallocTally {
  return tallies.reduce<MallocTally>(([blocks, bytes], tally) => [blocks + tally[0], bytes + tally[1]], NONE)
}
