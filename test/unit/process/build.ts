import { alignSeries } from '../../../plugin/heap/align.js'
import * as process from '../../../plugin/process/growth.js'
import type { GarbageMalloc, MallocTally, MemoryRow, Snapshot } from '../../../plugin/types/snapshot.js'
import type { Timeline } from '../../../plugin/verdict/timeline.js'
import { type HeapContents, type SnapshotFacts, snapshot } from '../heap/build.js'

export interface ProcessContents {
  readonly malloc?: number
  /** Bytes in use by zone. */
  readonly zones?: Readonly<Record<string, number>>
  readonly rss?: number
  /** Unreachable objects with finalizers. */
  readonly finalizable?: number
  readonly ctypes?: number
}

/** A snapshot of a worker with a small heap and this memory around it. */
export function memory(contents: ProcessContents, facts: SnapshotFacts = {}): Snapshot {
  const { malloc = 0, zones = {}, rss = 10_000_000, finalizable = 0, ctypes = 0 } = contents
  const whole = snapshot({ 'registry._LOADED': { table: 1 } }, facts)
  const rows: MemoryRow[] = [
    { category: 'malloc', name: 'main arena, in use', bytes: malloc, used: malloc, how: 'chunks' },
    { category: 'malloc', name: 'main arena, free', bytes: 4096, how: 'chunks' },
    ...Object.entries(zones).map(([name, used]): MemoryRow => {
      return { category: 'shm', name, bytes: used, used, size: 1 << 20, free: 0, capacity: 1 << 20, how: 'slab' }
    }),
  ]
  const vms = whole.vms.map((vm) => ({ ...vm, ctypes, finalizable: [finalizable, finalizable * 40] as const }))
  return { ...whole, process: { rss, rows }, vms }
}

export interface HeldMalloc {
  readonly paths?: HeapContents
  readonly nginx?: Readonly<Record<string, MallocTally>>
  readonly garbage?: Partial<GarbageMalloc>
  readonly lost?: MallocTally
}

/** A snapshot whose blocks of malloc are held as said, and by nobody else. */
export function held(
  { paths = {}, nginx = {}, garbage = {}, lost = [0, 0] }: HeldMalloc,
  facts: SnapshotFacts = {},
): Snapshot {
  const plain = snapshot({ 'registry._LOADED': { table: 1 }, ...paths }, facts)
  const garbageMalloc: GarbageMalloc = { finalizable: [0, 0], other: [0, 0], ctypes: [], ...garbage }
  const ofPaths = plain.vms.flatMap(({ nodes }) => nodes.flatMap(({ mal }) => (mal ? [mal] : [])))
  const all = [...ofPaths, ...Object.values(nginx), garbageMalloc.finalizable, garbageMalloc.other, lost]
  const [blocks, bytes] = [0, 1].map((part) => all.reduce((sum, tally) => sum + tally[part as 0 | 1], 0)) as [
    number,
    number,
  ]
  const malloc = {
    blocks,
    bytes,
    holders: Object.entries(nginx).map(([name, [blocks, bytes]]) => [name, blocks, bytes] as const),
    lost: { blocks: lost[0], bytes: lost[1], direct: lost, sizes: [], libraries: [] },
  }
  const rows: MemoryRow[] = [{ category: 'malloc', name: 'main arena, in use', bytes, used: bytes, how: 'chunks' }]
  return {
    ...plain,
    process: { ...plain.process, rows, malloc },
    vms: plain.vms.map((vm) => ({ ...vm, garbageMalloc })),
  }
}

type Moments = readonly (readonly Snapshot[])[]

/** What grew off heaps on which nothing moved. */
export function processGrowths(moments: Moments, timeline: Timeline): process.ProcessFindings {
  return process.processGrowths(moments, timeline, alignSeries(moments), [])
}

export function processNeedsConfirming(moments: Moments, timeline: Timeline): boolean {
  return process.processNeedsConfirming(moments, alignSeries(moments), timeline)
}
