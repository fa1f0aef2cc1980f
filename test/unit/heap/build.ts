import { parsePath } from '../../../plugin/heap/path.js'
import type { HeapNode, Snapshot, TypeName, TypeTally, VmSnapshot } from '../../../plugin/types/snapshot.js'

/** What one path of a built heap holds. Objects are counts, or [count, bytes]; a count alone takes the usual size of its type. */
export interface PathContents extends Partial<Record<TypeName, number | readonly [number, number]>> {
  /** Live entries by kind of key: `{ '[*]': 3 }`. */
  readonly e?: Readonly<Record<string, number>>
  readonly sl?: HeapNode['sl']
  readonly pay?: number
  readonly lru?: HeapNode['lru']
  readonly mal?: HeapNode['mal']
  readonly ct?: HeapNode['ct']
  readonly mts?: number
  readonly idle?: number
  readonly src?: string
  /** Objects by where they are defined. */
  readonly def?: Readonly<Record<string, number>>
  readonly cls?: string
  /** Lines that store here, with their functions: `/srv/demo.lua:5 go`. */
  readonly add?: readonly string[]
  readonly set?: readonly string[]
  readonly weak?: HeapNode['weak']
}

/** Paths and what they hold; the paths between them are made as needed. */
export type HeapContents = Readonly<Record<string, PathContents>>

export interface SnapshotFacts {
  readonly pid?: number
  readonly takenAtMs?: number
  /** nginx's own count of requests. */
  readonly requests?: number
  /** Connections that it counted. */
  readonly accepted?: number
  readonly connections?: Snapshot['connections']
  readonly rss?: number
  readonly timers?: Snapshot['timers']
  /** Open connections. */
  readonly open?: number
}

const USUAL_BYTES: Readonly<Record<TypeName, number>> = {
  string: 40,
  table: 64,
  function: 48,
  upvalue: 48,
  thread: 1000,
  proto: 200,
  cdata: 24,
  userdata: 64,
  trace: 500,
}

/** A snapshot with one VM, labelled http. */
export function snapshot(contents: HeapContents, facts: SnapshotFacts = {}): Snapshot {
  const { pid = 7, takenAtMs = 0, requests = 0, accepted = 1, connections, rss = 1_000_000, timers, open } = facts
  return {
    format: 'resty-heap/1',
    heapwalk: '0.1.0',
    pid,
    takenAtMs,
    freeze: { how: 'parked', pauseUs: 1500, attempts: 1, copiedBytes: 4096 },
    process: { rss },
    nginx: { requests, accepted, handled: accepted, active: 0, reading: 0, writing: 0, waiting: 0 },
    ...(connections !== undefined && { connections }),
    ...(timers !== undefined && { timers }),
    ...(open !== undefined && { open }),
    vms: [vm(contents)],
    end: 'resty-heap/1',
  }
}

export function vm(contents: HeapContents, label = 'http'): VmSnapshot {
  const sources = [...new Set(Object.values(contents).flatMap(sourcesOf))].sort()
  return {
    label,
    build: 'built for a test',
    gcTotal: 1_000_000,
    accounted: 1_000_000,
    total: {},
    reachable: {},
    garbage: {},
    fixed: [0, 0],
    finalizable: [0, 0],
    internals: {},
    ctypes: 0,
    mcode: 0,
    sources,
    nodes: nodesOf(contents, sources),
  }
}

function sourcesOf({ src, def = {}, cls, add = [], set = [] }: PathContents): string[] {
  const stores = [...add, ...set].map((line) => line.split(' ')[0])
  return [src, ...Object.keys(def), cls, ...stores].filter((source) => source !== undefined)
}

function nodesOf(contents: HeapContents, sources: readonly string[]): HeapNode[] {
  const nodes: HeapNode[] = []
  const indexes = new Map<string, number>()
  const place = (steps: readonly string[], held: PathContents = {}): number => {
    const path = steps.join('')
    const known = indexes.get(path)
    if (known !== undefined) {
      nodes[known] = { ...nodes[known]!, ...node(held, sources) }
      return known
    }
    const p = steps.length > 1 ? place(steps.slice(0, -1)) : -1
    const index = nodes.push({ p, s: steps.at(-1)!, ...node(held, sources) }) - 1
    indexes.set(path, index)
    return index
  }
  for (const [path, held] of Object.entries(contents)) place(parsePath(path), held)
  return nodes
}

function node(held: PathContents, sources: readonly string[]): Partial<HeapNode> {
  const { e, sl, pay, lru, mal, ct, mts, idle, src, def, cls, add, set, weak, ...objects } = held
  const stores = (lines: readonly string[]) =>
    lines.map((line) => [sources.indexOf(line.split(' ')[0]!), line.split(' ')[1] ?? null] as const)
  const o: Record<string, readonly [number, number]> = {}
  for (const [type, tally] of Object.entries(objects) as [TypeName, number | readonly [number, number]][]) {
    const [count, bytes] = typeof tally === 'number' ? [tally, tally * USUAL_BYTES[type]] : tally
    if (count > 0) o[type] = [count, bytes]
  }
  return {
    ...(Object.keys(o).length > 0 && { o: o as TypeTally }),
    ...(e && { e }),
    ...(sl && { sl }),
    ...(pay !== undefined && { pay }),
    ...(lru && { lru }),
    ...(mal && { mal }),
    ...(ct && { ct }),
    ...(mts !== undefined && { mts }),
    ...(idle !== undefined && { idle }),
    ...(weak && { weak }),
    ...(src !== undefined && { src: sources.indexOf(src) }),
    ...(def && { def: Object.entries(def).map(([source, count]) => [sources.indexOf(source), count] as const) }),
    ...(add && { add: stores(add) }),
    ...(set && { set: stores(set) }),
    ...(cls !== undefined && { cls: sources.indexOf(cls) }),
  }
}
