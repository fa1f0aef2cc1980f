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
  /** Blocks of malloc that only the objects here hold, with all that hangs on them. */
  readonly mal?: MallocTally
  readonly lru?: readonly [objects: number, items: number, max: number]
  /** Tables with a field `__index` of their own: classes and other metatables. */
  readonly mts?: number
  /** Threads with nothing on their stack. */
  readonly idle?: number
  readonly src?: number
  /**
   * Where the functions, threads and prototypes here are defined: index in the sources and objects, the most first.
   * Those beyond 8 sources are one, of index -1.
   */
  readonly def?: readonly (readonly [source: number, objects: number])[]
  /**
   * The first method of the class that all tables here are of, as an index in the sources; absent where they are of
   * several files' classes, or of none.
   */
  readonly cls?: number
  /** Lines whose code adds entries to the tables here: index in the sources and name of the function, 8 at most. */
  readonly add?: readonly StoreLine[]
  /** Lines whose code puts another value in the place of what is here. */
  readonly set?: readonly StoreLine[]
  readonly weak?: 'k' | 'v' | 'kv'
  /** Bytes that only the objects at this path hold, where that was asked for. */
  readonly ret?: number
  /** Bytes of malloc that finalizers free once those objects are gone, where that was asked for. */
  readonly retMal?: number
  /** Of the cdata here: C type, what frees them, objects; the most first. Those beyond 16 are one, of type `...`. */
  readonly ct?: readonly (readonly [type: string, finalizer: string | null, objects: number])[]
}

/** A line of code that stores, by its index in the sources; the function's name is null where it has none. */
export type StoreLine = readonly [source: number, name: string | null]

/** [blocks, bytes] of malloc: bytes in use with the blocks' headers, as malloc's rows count them. */
export type MallocTally = readonly [blocks: number, bytes: number]

/** What unreachable cdata and userdata hold of malloc, and nothing else does. */
export interface GarbageMalloc {
  /** Finalizers that a collection runs may free it. */
  readonly finalizable: MallocTally
  /** Lost as soon as a collection frees the object. */
  readonly other: MallocTally
  /** The objects that hold it, the most bytes first, at most 16 kinds; `userdata` is a type, `__gc` a finalizer. */
  readonly ctypes: readonly (readonly [
    type: string,
    finalizer: string | null,
    objects: number,
    blocks: number,
    bytes: number,
  ])[]
}

/** Blocks of malloc that no word of the process points at. */
export interface LostMalloc {
  readonly blocks: number
  readonly bytes: number
  /** Those that no lost block points at either; one of each ring. All others hang on them. */
  readonly direct: MallocTally
  /** Size and blocks of it, the most bytes first, at most 16. */
  readonly sizes: readonly (readonly [size: number, blocks: number])[]
  /** By what their first word points at in a program or library (a vtable, a table of methods), the most bytes first, at most 16. */
  readonly libraries: readonly (readonly [target: string, blocks: number, bytes: number])[]
}

/** Who holds malloc's blocks but for Lua, which the VMs tell; the sum over all is malloc in use. */
export interface MallocHolders {
  readonly blocks: number
  readonly bytes: number
  /** Such as `nginx: connections`, or a program or library by its file: `nginx: libssl.so.3`. */
  readonly holders: readonly (readonly [name: string, blocks: number, bytes: number])[]
  readonly lost: LostMalloc
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

/** Of more than half of `most` bytes and up to `most`, a power of two: how many there are, and the bytes of all. */
export type SizeClass = readonly [most: number, objects: number, bytes: number]

/** Chunks that an allocator has free, with their heads. Bytes. */
export interface FreeChunks {
  readonly free: Tally
  readonly largestFree: number
  /** The one at the end of the memory, from which what fits nowhere else is taken. */
  readonly top: number
  /** The sums are those of `free`. */
  readonly sizes: readonly SizeClass[]
}

/** LuaJIT's allocator but for large blocks, which have mappings of their own. `used`, `free` and `overhead` are the bytes of `segments`. */
export interface AllocatorChunks extends FreeChunks {
  readonly segments: Tally
  readonly used: Tally
  readonly overhead: number
}

/** One of glibc's arenas, or several together. */
export interface ArenaChunks extends FreeChunks {
  readonly name: string
  /** Bytes of chunks that are handed out. */
  readonly used: number
}

/** Reachable strings by the bytes of the object. */
export interface StringSizes {
  readonly sizes: readonly SizeClass[]
  /** The largest first, each with the index of its node. */
  readonly largest: readonly (readonly [node: number, bytes: number])[]
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
  /**
   * Where it lies, in hexadecimal digits: the same in all workers that one master started, until nginx is reloaded.
   * Absent in snapshots of older versions.
   */
  readonly address?: string
  readonly gcTotal: number
  readonly accounted: number
  /** Absent in snapshots of older versions. */
  readonly gc?: CollectorState
  readonly total: TypeTally
  readonly reachable: TypeTally
  readonly garbage: TypeTally
  readonly fixed: Tally
  readonly finalizable: Tally
  /** Whether the nodes have retained bytes, where these were asked for: not where only cheap ones were, and there are too many objects. */
  readonly retained?: boolean
  /** Absent where nobody can be told to hold malloc's blocks. */
  readonly garbageMalloc?: GarbageMalloc
  readonly internals: Readonly<Record<string, number>>
  readonly ctypes: number
  readonly mcode: number
  readonly sources: readonly string[]
  readonly nodes: readonly HeapNode[]
  /** Where details were asked for. */
  readonly strings?: StringSizes
  /** Where details were asked for; null where the VM has another allocator, or its chunks could not be followed. */
  readonly allocator?: AllocatorChunks | null
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

export type ZoneKind = 'lua_shared_dict' | 'limit_req' | 'limit_conn' | 'cache' | 'ssl_session' | 'upstream'

/** The entries of a shared dictionary. Bytes are those of the chunks and pages that they take, the values of lists included. */
export interface ZoneEntries {
  /** Those that never expire. */
  readonly lasting: readonly [entries: number, bytes: number]
  readonly expiring: readonly [entries: number, bytes: number]
  /** They stay until an operation comes across them. */
  readonly expired: readonly [entries: number, bytes: number]
  /** A sum over the keys that never expire: where it changes and their number does not, others took their place. */
  readonly lastingKeys: number
  /** The longest time that an expiring entry still has, in milliseconds; 0 without one. */
  readonly ttlMs: number
  /** What was used least recently, which a full dictionary throws out next; null if it is empty. */
  readonly oldest: 'lasting' | 'expiring' | 'expired' | null
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
  /** Of shared zones: what the module that asked for it uses it for; null where that is not known. */
  readonly kind?: ZoneKind | null
  /** Of shared zones: allocations of up to half a page that were asked for, and of these refused, since the zone was made. */
  readonly allocations?: number
  readonly failures?: number
  /** Of a shared dictionary; absent where it could not be read, for instance because another worker was changing it. */
  readonly entries?: ZoneEntries
  /** Of nginx's own zones: clients, cached files or sessions. */
  readonly nodes?: number
  /** How it was determined. */
  readonly how: string
}

/** What a core file has of the process that it is of. Bytes. */
export interface CoreFacts {
  readonly program: string
  readonly dumped: number
  /** What the process had and the file lacks: of mapped files, and of shared memory. */
  readonly lacks: { readonly files: number; readonly shared: number }
  /** Programs and libraries that are not where the file was read, or are other ones: what they name is not known. Absent in older snapshots. */
  readonly missing?: readonly string[]
}

/** One worker's heap at one moment. */
export interface Snapshot {
  readonly format: 'resty-heap/1'
  readonly heapwalk: string
  readonly pid: number
  readonly takenAtMs: number
  /** Of a core file alone. */
  readonly core?: CoreFacts
  readonly freeze: {
    /** `parked`, `ran-on` or `core`. */
    readonly how: string
    readonly pauseUs: number
    readonly attempts: number
    readonly copiedBytes: number
    /** A clone of the process was read: it stood still for the cloning alone, and to collect what was left of the clone. */
    readonly cloned?: true
    /** The number of that clone, which the process keeps until it ends, since it came to no rest in time. */
    readonly zombie?: number
  }
  readonly process: {
    readonly rss: number
    /** They sum to rss; absent where a saved image was read. */
    readonly rows?: readonly MemoryRow[]
    /** Where details were asked for, with glibc. */
    readonly arenas?: readonly ArenaChunks[]
    /** null where it cannot be told, for the reason of `mallocWhy`; absent where only the heap was read. */
    readonly malloc?: MallocHolders | null
    readonly mallocWhy?: string
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
