import { sumBy } from '../base/sum.js'
import { alignSeries } from '../heap/align.js'
import { gainedKinds, kindWords } from '../heap/source/cdata.js'
import type { Snapshot } from '../types/snapshot.js'
import { type GarbageKind, garbageKinds, type HolderTrack, holderTracks } from './holders.js'

/** One of those who hold malloc's blocks in a snapshot. */
export interface MallocRow {
  /**
   * `lost`: nothing points at them; `soon lost`: only unreachable objects without a finalizer do, so that the next collection loses them;
   * `garbage`: unreachable objects with finalizers; `path`: a path of the Lua heap; `stack`: Lua's stacks and collector; `nginx`: all else.
   */
  readonly kind: HolderTrack['kind'] | 'soon lost'
  readonly holder: string
  /** Of a path. */
  readonly vm?: string
  readonly blocks: number
  /** In use, with the blocks' headers. */
  readonly bytes: number
  /** What most of the objects behind it are: `struct cert *, freed by C function free`. */
  readonly objects?: string
}

/** Who holds malloc's blocks, those with the most bytes first: together malloc in use. Undefined where that cannot be told. */
export function mallocRows(snapshot: Snapshot): MallocRow[] | undefined {
  // twice, as the trees of paths are made of one snapshot, so that both collapse the same keys
  const moments = [[snapshot], [snapshot]]
  return holderTracks(moments, alignSeries(moments))
    ?.flatMap((track) => (track.kind === 'lost' ? lostRows(snapshot) : [rowOf(track, snapshot)]))
    .filter(({ blocks }) => blocks > 0)
    .sort((one, other) => other.bytes - one.bytes)
}

function rowOf({ kind, holder, vm, node, blocks, bytes }: HolderTrack, snapshot: Snapshot): MallocRow {
  const kinds = node?.columns[0]?.cdata
  const objects = kinds
    ? kindWords(gainedKinds(kinds))
    : kind === 'garbage'
      ? garbageWords(garbageKinds([snapshot], true))
      : undefined
  return {
    kind,
    holder,
    ...(vm !== undefined && { vm }),
    blocks: blocks.sum[0]!,
    bytes: bytes.sum[0]!,
    ...(objects !== undefined && { objects }),
  }
}

/** What is lost now, and what the next collection loses, whichever objects it frees. */
function lostRows(snapshot: Snapshot): MallocRow[] {
  const { blocks, bytes } = snapshot.process.malloc!.lost
  const soon = snapshot.vms.flatMap(({ garbageMalloc }) => (garbageMalloc ? [garbageMalloc.other] : []))
  const objects = garbageWords(garbageKinds([snapshot], false))
  return [
    { kind: 'lost', holder: 'lost', blocks, bytes },
    {
      kind: 'soon lost',
      holder: 'garbage without a finalizer',
      blocks: sumBy(soon, ([each]) => each),
      bytes: sumBy(soon, ([, each]) => each),
      ...(objects !== undefined && { objects }),
    },
  ]
}

function garbageWords(kinds: readonly GarbageKind[]): string | undefined {
  return kindWords(kinds.map(({ ctype: name, finalizer, objects }) => ({ name, finalizer, objects })))
}
