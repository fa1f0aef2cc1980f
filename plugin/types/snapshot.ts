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
  /** Threads with nothing on their stack. */
  readonly idle?: number
  readonly src?: number
  readonly weak?: 'k' | 'v' | 'kv'
  /** Bytes that only the objects at this path hold, where that was asked for. */
  readonly ret?: number
  /** Of the cdata here: C type, what frees them, objects; the most first. Those beyond 16 are one, of type `...`. */
  readonly ct?: readonly (readonly [type: string, finalizer: string | null, objects: number])[]
}

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
  /** Absent where nobody can be told to hold malloc's blocks. */
  readonly garbageMalloc?: GarbageMalloc
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
    /** null where it cannot be told, for the reason of `mallocWhy`; absent without rows. */
    readonly malloc?: MallocHolders | null
    readonly mallocWhy?: string
  }
  readonly nginx: NginxCounters | null
  /** Clients' connections that served requests, closed ones until their slot is used again, by number; null or absent where they can't be read. */
  readonly connections?: readonly (readonly [number: number, requests: number])[] | null
  readonly vms: readonly VmSnapshot[]
  readonly end: 'resty-heap/1'
}
