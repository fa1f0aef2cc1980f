export type TypeName = 'string' | 'table' | 'function' | 'upvalue' | 'thread' | 'proto' | 'cdata' | 'userdata' | 'trace'

/** [objects, bytes] */
export type Tally = readonly [objects: number, bytes: number]

export type TypeTally = Readonly<Partial<Record<TypeName, Tally>>>

/** One reference path of a snapshot, as the walker writes it. */
export interface HeapNode {
  readonly p: number
  readonly s: string
  readonly o?: TypeTally
  readonly e?: Readonly<Record<string, number>>
  readonly sl?: readonly [
    arrayUsed: number,
    arrayAllocated: number,
    hashUsed: number,
    hashAllocated: number,
    bytes: number,
  ]
  readonly pay?: number
  readonly lru?: readonly [objects: number, items: number, max: number]
  /** Tables with a field `__index` of their own: classes and other metatables. */
  readonly mts?: number
  /** Threads with nothing on their stack. */
  readonly idle?: number
  readonly src?: number
  /** Where the functions, threads and prototypes here are defined: index in the sources and objects, the most first. Those beyond 8 sources are one, of index -1. */
  readonly def?: readonly (readonly [source: number, objects: number])[]
  /** The first method of the class that all tables here are of, as an index in the sources; absent where they are of several files' classes, or of none. */
  readonly cls?: number
  readonly weak?: 'k' | 'v' | 'kv'
  /** Bytes that only the objects at this path hold, where that was asked for. */
  readonly ret?: number
  /** Of the cdata here: C type, what frees them, objects; the most first. Those beyond 16 are one, of type `...`. */
  readonly ct?: readonly (readonly [type: string, finalizer: string | null, objects: number])[]
}

export interface VmSnapshot {
  readonly label: string
  readonly build: string
  readonly gcTotal: number
  readonly accounted: number
  readonly total: TypeTally
  readonly reachable: TypeTally
  readonly garbage: TypeTally
  readonly fixed: Tally
  readonly finalizable: Tally
  readonly internals: Readonly<Record<string, number>>
  readonly ctypes: number
  readonly mcode: number
  readonly sources: readonly string[]
  readonly nodes: readonly HeapNode[]
}

/** nginx's own counters, over all workers. */
export interface NginxCounters {
  readonly requests: number
  readonly accepted: number
  readonly handled: number
  readonly active: number
  readonly reading: number
  readonly writing: number
  readonly waiting: number
}

/** One part of a process's memory. All sizes are bytes. */
export interface MemoryRow {
  readonly category: 'lua' | 'mcode' | 'shm' | 'malloc' | 'program' | 'library' | 'stack' | 'other'
  /** For shm the zone's own name. */
  readonly name: string
  readonly vm?: string
  /** Resident. */
  readonly bytes: number
  /** In use, resident or not. */
  readonly used?: number
  /** Of shared zones: the module that asked for it, its size, whole free pages, and what can be handed out. */
  readonly owner?: string
  readonly size?: number
  readonly free?: number
  readonly capacity?: number
  /** How it was determined. */
  readonly how: string
}

/** One worker's heap at one moment. */
export interface Snapshot {
  readonly format: 'resty-heap/1'
  readonly heapwalk: string
  readonly pid: number
  readonly takenAtMs: number
  readonly freeze: {
    readonly how: string
    readonly pauseUs: number
    readonly attempts: number
    readonly copiedBytes: number
  }
  readonly process: {
    readonly rss: number
    /** They sum to rss; absent where a saved image was read. */
    readonly rows?: readonly MemoryRow[]
  }
  readonly nginx: NginxCounters | null
  /** Clients' connections that served requests, closed ones until their slot is used again, by number; null or absent where they can't be read. */
  readonly connections?: readonly (readonly [number: number, requests: number])[] | null
  readonly vms: readonly VmSnapshot[]
  readonly end: 'resty-heap/1'
}
