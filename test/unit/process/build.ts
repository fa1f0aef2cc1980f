import { alignSeries } from '../../../plugin/heap/series.js'
import * as process from '../../../plugin/process/growth.js'
import type { MemoryRow, Snapshot } from '../../../plugin/types/snapshot.js'
import type { Timeline } from '../../../plugin/verdict/timeline.js'
import { type SnapshotFacts, snapshot } from '../heap/build.js'

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

type Moments = readonly (readonly Snapshot[])[]

/** What grew off heaps on which nothing moved. */
export function processGrowths(moments: Moments, timeline: Timeline): process.ProcessFindings {
  return process.processGrowths(moments, timeline, alignSeries(moments), [])
}

export function processNeedsConfirming(moments: Moments, timeline: Timeline): boolean {
  return process.processNeedsConfirming(moments, alignSeries(moments), timeline)
}
