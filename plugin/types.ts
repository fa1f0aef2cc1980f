/** The shapes that cross folders. This file imports nothing. */

// ---------------------------------------------------------------- requests

/** One kind of request of a plan. `path` is `/path?query`, sent to the conf's first http listen, or a URL whose port is the conf's port. */
export interface RequestSpec {
  /** Name in reports. Default: `METHOD /path`. */
  readonly name?: string
  /** Default `GET`. */
  readonly method?: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** Relative share when a plan has several. Default 1. */
  readonly weight?: number
  /** The client closes the connection this long after sending, in ms, unless the answer came first. Such a request counts as completed, with status 499. */
  readonly abortAfterMs?: number
}

/** A request as users write it: `'/t'`, `'POST /t'`, or the whole thing. */
export type RequestInput = string | RequestSpec

// ---------------------------------------------------------------- load

/** One run of load: `amount` requests over `connections` kept-alive connections. */
export interface LoadPlan {
  readonly requests: readonly RequestSpec[]
  /** Exact number of requests to complete; Infinity where `durationS` decides. */
  readonly amount: number
  /** Seconds after which no more requests are sent; what is under way is waited for. Default: no limit. */
  readonly durationS?: number
  /** Default 10. */
  readonly connections: number
  /** Client threads that share the connections. Default 1. */
  readonly threads?: number
  /** False opens a connection for each request. Default true. */
  readonly keepAlive?: boolean
  /** Requests per second over all connections. Default: as fast as answers come. */
  readonly rate?: number
  /** Inclusive ranges of statuses that count as expected, e.g. `[[200, 399]]`. */
  readonly expectStatus: readonly (readonly [number, number])[]
  /** Seconds one request may take. Default 10. */
  readonly timeoutS?: number
  /** What the first `{n}` of a template is. Default 0; a series of loads that must not repeat keys passes on the sum. */
  readonly firstNumber?: number
  /** Absolute path or file URL of an ES module with the hooks `request`, `response` and `done`. */
  readonly script?: string
}

/** Microseconds, counted from the time a request was due: its sending, or where there is a rate its place in the plan. */
export type LatencyUs = Readonly<{
  min: number
  mean: number
  stdev: number
  max: number
  p50: number
  p75: number
  p90: number
  p99: number
  p999: number
}>

/** What the client saw of one run of load. Counts are requests; times are microseconds unless named otherwise. */
export interface LoadResult {
  /** The plan's amount; where a duration decided: requests sent, or with a rate requests due. */
  readonly asked: number
  /** Requests written to an established connection, retries included. */
  readonly sent?: number
  /** Answers that arrived whole, whatever their status. */
  readonly completed: number
  readonly durationMs: number
  readonly bytesRead: number
  readonly statuses: Readonly<Record<string, number>>
  /** Answers whose status `expectStatus` does not allow. */
  readonly unexpected: number
  /** connect: no connection; reset: it failed under way; timeout: no whole answer in time; closed: it ended, or said what is not HTTP, before a whole answer. */
  readonly errors: {
    readonly connect: number
    readonly reset: number
    readonly timeout: number
    readonly closed: number
  }
  /** The first of the errors, in words. */
  readonly firstError?: string
  /** Why the load ended before its amount was complete. */
  readonly gaveUp?: string
  readonly requestsPerSecond: number
  readonly latencyUs: LatencyUs
  /** Share (0 to 1) of latencies within one standard deviation of the mean. */
  readonly latencyWithinStdev?: number
  /** Requests per second of one client thread, sampled each 100 ms. */
  readonly threadRate?: Readonly<{ mean: number; stdev: number; max: number; withinStdev: number }>
  /** Per request name: how many were completed. */
  readonly perRequest: Readonly<Record<string, number>>
  /** Per request name: the rest. */
  readonly byRequest?: Readonly<Record<string, RequestResult>>
}

/** The part of a LoadResult that is known per request name. */
export type RequestResult = Pick<
  LoadResult,
  'completed' | 'unexpected' | 'statuses' | 'requestsPerSecond' | 'latencyUs'
>

// ---------------------------------------------------------------- heap snapshots (nginx/walker/FORMAT.md)

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

// ---------------------------------------------------------------- runtime

export interface Worker {
  readonly pid: number
}

/** A running OpenResty. Disposing it ends every process and removes every file it made. */
export interface Runtime extends AsyncDisposable {
  readonly kind: 'local' | 'container' | 'attach'
  /** What runs, for people: `nginx 1.22.1 + ngx_http_lua_module, /usr/sbin/nginx`. */
  readonly description: string
  /** Origin of the conf's first http listen, as reachable from here: `http://127.0.0.1:8080`. */
  readonly url: string
  /** What was changed in the user's conf and must be said aloud (lua_code_cache, remapped ports, ...). */
  readonly notices: readonly string[]
  /** Reachable origin for a port that the conf listens on. Throws a RuntimeError for a port it does not. */
  origin(confPort: number): string
  /** The `worker process` children that are not shutting down, by pid. */
  workers(): Promise<readonly Worker[]>
  /** Their pids as this machine's /proc has them, which for a container are others; null where it does not have them. */
  workersHere(): Promise<readonly number[] | null>
  /** Exact heap of one worker. Throws a WalkerError. */
  snapshot(pid: number): Promise<Snapshot>
  /** nginx's counters without a freeze; null where the build has none. */
  counters(): Promise<NginxCounters | null>
  /** The error log so far. */
  errorLog(): Promise<string>
  /** HUP, and wait until new workers serve. */
  reload(): Promise<void>
}

export type RuntimeChoice = 'auto' | 'local' | 'container'

/** How to boot. Paths are absolute by the time a runtime sees them. */
export interface RuntimeOptions {
  readonly conf: string
  /** Default: the conf's folder, or its parent if that folder is named `conf`. */
  readonly prefix?: string
  readonly runtime: RuntimeChoice
  /** Container image; means `container`. */
  readonly image?: string
  /** Dockerfile to build the image from; means `container`. */
  readonly dockerfile?: string
  /** nginx or openresty executable; means `local`. */
  readonly openresty?: string
  /** Worker processes. Default 1; `'conf'` leaves the conf's own number. */
  readonly workers?: number | 'conf'
  /** Literal replacements in the conf and what it includes. */
  readonly replace?: readonly (readonly [from: string, to: string])[]
  /** Environment for nginx, on top of the present one. */
  readonly env?: Readonly<Record<string, string>>
  /** Keep conf, logs and snapshots after the end. */
  readonly keep?: boolean
  readonly signal?: AbortSignal
}

// ---------------------------------------------------------------- measurement

/** What growth is counted by. */
export type GrowthUnit = 'request' | 'connection' | 'reload'

/** A whole measurement; every field has its default filled in. */
export interface Plan {
  readonly requests: readonly RequestSpec[]
  readonly connections: number
  /** Whether connections serve more than one request. Default true. */
  readonly keepAlive: boolean
  /** Connections at which each load begins, for two requests each; 0 for no burst, the default. */
  readonly burst: number
  /** What growth is counted by: requests, connections that nginx accepted, or reloads, one before each round. Default request. */
  readonly per: GrowthUnit
  readonly expectStatus: readonly (readonly [number, number])[]
  readonly timeoutS: number
  /** Requests of the warm-up. Default 5003. */
  readonly warmup: number
  /** Requests per planned round. Default 3929, 1973, 6263, 3389, 4603. */
  readonly rounds: readonly number[]
  /** Requests per confirming round. Default 9337, 22157. */
  readonly confirm: readonly number[]
  /** Requests per further round, for what the confirming ones leave undecided; may be empty. Default 31957, 64937. */
  readonly further: readonly number[]
  /** Requests of each kind alone, once a plan of several kinds is seen to leak. Default 4001. */
  readonly solo: number
  /** Idle time between S0 and S0', in ms. Default 500. */
  readonly idleMs: number
  /** Longest wait for things to settle after a round, in ms. Default 1000. */
  readonly settleMs: number
  /** Idle time after the confirming rounds, in ms. Default 1200. */
  readonly drainMs: number
  readonly budgets: readonly Budget[]
  /** Which keys the report must not show: `true`, or a regular expression. Default: none. */
  readonly redact?: true | string | undefined
  readonly knownLeaks: readonly KnownLeak[]
}

/** One budget after parsing: `limits` in bytes or plain numbers. */
export interface Budget {
  readonly path: string
  readonly limits: Readonly<Partial<Record<BudgetMetric, number>>>
  readonly level: 'error' | 'warn'
  readonly optional: boolean
}
export type BudgetMetric =
  | 'tables'
  | 'strings'
  | 'functions'
  | 'upvalues'
  | 'threads'
  | 'protos'
  | 'cdata'
  | 'userdata'
  | 'total'
  | 'objects'
  | 'entries'
  | 'objectsPerRequest'
  | 'bytesPerRequest'
  | 'entriesPerRequest'
  | 'bound'

/** A budget as users write it; sizes are `'64 KB'`, `'1 MiB'` or bytes (KB = 1000, KiB = 1024). */
export type BudgetInput = Readonly<
  Partial<Record<BudgetMetric, number | string>> & { level?: 'error' | 'warn'; optional?: boolean }
>
export type BudgetsInput = Readonly<Record<string, BudgetInput>>

export interface KnownLeak {
  readonly path: string
  readonly reason: string
  /** ISO date; an error once past. */
  readonly until?: string
}

/** What a baseline accepts of one growth: its rates, in the units of Growth. */
export interface AcceptedGrowth {
  readonly class: GrowthClass
  readonly objectsPerRequest?: number
  readonly entriesPerRequest?: number
  readonly bytesPerRequest?: number
  readonly perSecond?: number
}

/** Accepted growth by path (`stream PATH` in another VM than http's). */
export type Baseline = Readonly<Record<string, AcceptedGrowth>>

// ---------------------------------------------------------------- report (openresty-leak-report/1)

export type Verdict = 'ok' | 'leak' | 'inconclusive' | 'invalid'
/** leak and clock are growth; the others moved and are harmless, or (slowing) undecided. */
export type GrowthClass =
  | 'leak'
  | 'clock'
  | 'plateau'
  | 'sawtooth'
  | 'drains'
  | 'bounded'
  | 'slowing'
  | 'step'
  | 'one-off'

export interface TypeGrowth {
  readonly objects: number
  readonly bytes: number
  readonly objectsPerRequest: number
  readonly bytesPerRequest: number
  /** Of cdata: what they are, those with the most objects first. */
  readonly ctypes?: readonly CdataGrowth[]
}

/** Cdata of one C type with one finalizer. */
export interface CdataGrowth {
  /** As ffi.typeof() shows it: `struct foo`; `...` for those that the walker took together. */
  readonly name: string
  /** What frees them: `demo.lua:5`, `C function free`; null where there is none. */
  readonly finalizer: string | null
  /** Gained over the planned rounds. */
  readonly objects: number
}

/** One worker's part of a growth. */
export interface WorkerShare {
  readonly pid: number
  /** 0 to 1. */
  readonly share: number
  /** What it served itself over all rounds; absent where that is not known exactly. */
  readonly requests?: number
  /** What it gained for each of them, in the unit of the growth's `rounds`; absent where it served none. */
  readonly perRequest?: number
}

export interface Growth {
  readonly class: GrowthClass
  readonly vm: string
  /** What the PerRequest rates count by; absent for requests. */
  readonly per?: Exclude<GrowthUnit, 'request'>
  readonly path: string
  /** `demo.lua:5` of the function on the path that is nearest the container; null where there is none. */
  readonly source: string | null
  /** `app.lua`: where source is null, the file of the module that the path goes through. */
  readonly moduleFile?: string
  /** All workers, the one with the largest share of it first. */
  readonly workers: readonly WorkerShare[]
  readonly coveredBy: 'budget' | 'known' | 'baseline' | null
  /** Objects (or entries, or payload bytes where nothing else grows) gained per round, planned rounds first, then confirming ones. */
  readonly rounds: readonly number[]
  readonly objectsPerRequest: number
  readonly bytesPerRequest: number
  readonly entriesPerRequest: number
  readonly slots: { readonly used: number; readonly allocated: number; readonly bytes: number }
  readonly types: Readonly<Partial<Record<TypeName, TypeGrowth>>>
  /** Why it has its class, in a few words. */
  readonly why?: string
  /** Class clock: gain per second without any request, in the unit of `rounds`. */
  readonly perSecond?: number
  /** Array and hash slots before and after the planned rounds, for the terminal's capacity line. */
  readonly capacity?: {
    readonly part: 'array' | 'hash'
    readonly before: number
    readonly after: number
    readonly used: number
  }
  /** What each request of a plan of several gains here when sent alone, in the unit of `rounds`; absent for a single request. */
  readonly byRequest?: readonly { readonly request: string; readonly perRequest: number }[]
  /** Mode of the container where it is a weak table. */
  readonly weak?: 'k' | 'v' | 'kv'
  /** Items and capacity of a recognised bounded cache. */
  readonly bound?: { readonly items: number; readonly max: number }
}

export interface Violation {
  readonly path: string
  readonly metric: string
  readonly limit: number
  readonly actual: number
  readonly level: 'error' | 'warn'
  /** Whose limit it is, where it is no budget's or threshold's. */
  readonly by?: 'baseline'
  /** For a budget whose path never existed: the nearest that do. */
  readonly nearest?: readonly string[]
  /** For a threshold, whose figures are no sizes: metric, actual value and limit in words. */
  readonly text?: string
}

export interface ProcessGrowth {
  readonly class: GrowthClass
  readonly category: 'malloc' | 'shm' | 'pool' | 'ctype' | 'mcode' | 'rss'
  readonly zone?: string
  /** In use, gained over the planned rounds, all workers together. */
  readonly bytes: number
  /** Over all rounds. */
  readonly bytesPerRequest: number
  /** Bytes gained per round, planned rounds first. */
  readonly rounds?: readonly number[]
  readonly coveredBy?: Growth['coveredBy']
  /** Why it has its class, in a few words. */
  readonly why?: string
}

/** One row of the memory breakdown, before and after the planned rounds, all workers together. Resident bytes. */
export interface ProcessRow {
  readonly category: MemoryRow['category']
  readonly name: string
  readonly vm?: string
  readonly before: number
  readonly after: number
  /** In use, resident or not, where it is known. */
  readonly used?: readonly [before: number, after: number]
  readonly how: string
}

/** One reference path, before and after the planned rounds, all workers together. The pairs are [before, after], of the path itself without what is below it. */
export interface PathTreeNode {
  /** Index of the parent in `nodes`, which comes before its children; -1 for a root. */
  readonly p: number
  /** This step; empty where `more` stands for several. */
  readonly s: string
  /** Bytes. */
  readonly b: readonly [before: number, after: number]
  /** Objects. */
  readonly o: readonly [before: number, after: number]
  /** Types of the objects here, by bytes, the largest first: `table`, `function upvalue`. */
  readonly t?: string
  /** Where the function here is defined. */
  readonly src?: string
  /** What most of the cdata here are: `struct foo, freed by C function free`. */
  readonly ct?: string
  /** Bytes that only the objects here hold (dominators), where the snapshots tell them. */
  readonly ret?: readonly [before: number, after: number]
  /** So many smaller paths below the parent, with all below them, taken together. */
  readonly more?: number
}

/** The reachable heap of one VM by reference path. Traces, the running stack and the finalizer queue are not in it. */
export interface PathTree {
  readonly vm: string
  readonly nodes: readonly PathTreeNode[]
}

/** Bytes of one VM's heap, [before, after] the planned rounds, all workers together. */
export interface HeapParts {
  readonly vm: string
  readonly reachable: readonly [before: number, after: number]
  readonly garbage: readonly [before: number, after: number]
  /** String table, global state, pinned strings and other memory that no path reaches. */
  readonly internals: readonly [before: number, after: number]
}

export interface LeakReport {
  readonly format: 'openresty-leak-report/1'
  readonly verdict: Verdict
  readonly passed: boolean
  /** Sentences: why the verdict is what it is, and whatever had to be said aloud. */
  readonly reasons: readonly string[]
  readonly runtime: { readonly kind: string; readonly description: string; readonly workers: readonly number[] }
  readonly requests: {
    readonly asked: number
    readonly completed: number
    /** nginx's own count over the same rounds, all workers; null where the build has none. */
    readonly counter: number | null
    readonly rounds: readonly number[]
    readonly warmup: number
    /** Confirming rounds, further ones included. */
    readonly confirm: readonly number[]
  }
  /** The rarest leak that this run would have found in 19 of 20 cases, in objects per request; null where the planned rounds are not complete. */
  readonly sensitivity?: number | null
  /** What the PerRequest rates and the sensitivity count by; absent for requests. */
  readonly per?: Exclude<GrowthUnit, 'request'>
  readonly growths: readonly Growth[]
  readonly moved: readonly Growth[]
  readonly violations: readonly Violation[]
  readonly process: {
    readonly rss: { readonly before: number; readonly after: number }
    readonly growths: readonly ProcessGrowth[]
    /** What moved off the Lua heap and is no leak, or undecided. */
    readonly moved?: readonly ProcessGrowth[]
    /** They sum to rss; absent where a snapshot has none. */
    readonly rows?: readonly ProcessRow[]
  }
  /** The planned rounds taken together. */
  readonly load: LoadResult | null
  /** One per snapshot and VM, in the order taken. */
  readonly snapshots: readonly {
    readonly pid: number
    readonly vm: string
    readonly gcTotal: number
    readonly accounted: number
    readonly pauseMs: number
  }[]
  /** The heaps behind the graph, one per VM; absent where nothing was measured, or in the report files of tests that passed. */
  readonly paths?: readonly PathTree[]
  /** One per VM; absent where nothing was measured. */
  readonly heap?: readonly HeapParts[]
}
