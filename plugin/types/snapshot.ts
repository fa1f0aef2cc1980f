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
  /** Threads with nothing on their stack. */
  readonly idle?: number
  readonly src?: number
  readonly weak?: 'k' | 'v' | 'kv'
  /** Bytes that only the objects at this path hold, where that was asked for. */
  readonly ret?: number
  /** Of the cdata here: C type, what frees them, objects; the most first. Those beyond 16 are one, of type `...`. */
  readonly ct?: readonly (readonly [type: string, finalizer: string | null, objects: number])[]
}

/** Where a VM's own collector is (LuaJIT's GCState): it goes on once gcTotal reaches the threshold. Sizes are bytes. */
export interface CollectorState {
  readonly state: 'pause' | 'propagate' | 'atomic' | 'sweepstring' | 'sweep' | 'finalize'
  readonly threshold: number
  /** What was in use after the last marking. */
  readonly estimate: number
  readonly debt: number
  /** Percent of the estimate at which the next collection begins. */
  readonly pause: number
  /** Percent: work of the collector per byte that is allocated. */
  readonly stepMul: number
}

/** What a worker's event loop has still to run. */
export interface PendingTimers {
  /** All of code and of connections. */
  readonly pending: number
  /** Milliseconds until those of code are due (started by Lua, sleeps, waits for a name), ascending, at most 64. 0: in the next turn. */
  readonly dueMs: readonly number[]
  /** Time-outs and keepalives of connections; part of pending. */
  readonly ofConnections: number
  /** Housekeeping of nginx's modules, which runs for ever and touches no Lua; not part of pending. */
  readonly ofModules: number
}

export interface VmSnapshot {
  readonly label: string
  readonly build: string
  readonly gcTotal: number
  readonly accounted: number
  /** Absent in snapshots of older versions. */
  readonly gc?: CollectorState
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
  /** Null or absent where they can't be read. */
  readonly timers?: PendingTimers | null
  /**
   * Connections through which something could come while nobody asks anything: of clients, to upstreams and resolvers, and the
   * Lua code of timers that runs and waits. With none, and no timer pending, an idle worker stays as it is.
   */
  readonly open?: number | null
  readonly vms: readonly VmSnapshot[]
  readonly end: 'resty-heap/1'
}
