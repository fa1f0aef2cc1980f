import type { Located } from './added.js'
import type { BaselineUpdate } from './budget.js'
import type { Growth, GrowthClass, GrowthUnit, RequestShare, WorkerShare } from './growth.js'
import type { RunIdentity } from './identity.js'
import type { RoundLoad } from './load.js'
import type { HeapParts, PathTree } from './path-tree.js'
import type { RequestMix } from './request.js'
import type { MemoryRow } from './snapshot.js'
import type { WatchFacts } from './watch.js'

export type Verdict = 'ok' | 'leak' | 'inconclusive' | 'invalid'

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
  /** For a limit that nobody can judge: why. It counts as exceeded. */
  readonly unjudged?: string
  /** For a threshold, whose figures are no sizes: metric, actual value and limit in words. */
  readonly text?: string
}

/** What blocks of malloc are that were lost over the rounds, all workers together: the three kinds with the most bytes. */
export interface LostBlocks {
  /** With the block's header. */
  readonly sizes: readonly (readonly [size: number, blocks: number])[]
  /** Where they begin with an address in a program or library, as objects with a table of methods do: its file. */
  readonly libraries?: readonly (readonly [file: string, blocks: number, bytes: number])[]
}

export interface ProcessGrowth extends Located {
  readonly class: GrowthClass
  readonly category: 'malloc' | 'shm' | 'pool' | 'ctype' | 'mcode' | 'rss'
  /** Title of the process that it is in, where that is no worker. */
  readonly process?: string
  /**
   * Of malloc: who holds it. `lost`: nothing points at it any more; `garbage`: unreachable objects with finalizers; a Lua path: what only
   * Lua holds there; `nginx: connections` and the like. Absent where holders are not known, such as with jemalloc.
   */
  readonly holder?: string
  /** Of a holder that is a Lua path: its VM. */
  readonly vm?: string
  /** C type of the objects behind it: of cdata at the path, or of unreachable ones. */
  readonly ctype?: string
  /** What frees these objects: `demo.lua:5`, `C function free`; null where nothing does. */
  readonly finalizer?: string | null
  /**
   * Of a leak that hangs on a cache with a number of items as its bound: how many there were at the end, how many it may hold, and the
   * bytes that these would hold in each worker, which is more than a worker is taken to have.
   */
  readonly bound?: { readonly items: number; readonly max: number; readonly bytesWhenFull: number }
  /** Of lost blocks: what they are. Absent where they were seen only while garbage still pointed at them. */
  readonly lost?: LostBlocks
  /** Blocks of malloc gained over the planned rounds, and over all rounds by what growth is counted by. */
  readonly blocks?: number
  readonly objectsPerRequest?: number
  /** Of a holder that is a Lua path: the code that owns it, as of growth on the Lua heap. */
  readonly source?: string | null
  readonly file?: string | null
  readonly line?: number | null
  readonly shortFile?: string
  readonly moduleFile?: string
  /** All workers, the one with the largest share of it first; absent for what all of them share, such as zones. */
  readonly workers?: readonly WorkerShare[]
  readonly zone?: string
  /** In use, gained over the planned rounds, all workers together. */
  readonly bytes: number
  /** Over all rounds, by what growth is counted by. */
  readonly bytesPerRequest: number
  /** What bytesPerRequest counts by; absent for requests. */
  readonly per?: Exclude<GrowthUnit, 'request'>
  /** Class clock: bytes gained per second without any request. */
  readonly perSecond?: number
  /**
   * Of a shared dictionary: entries gained over the planned rounds, and over all rounds per request. What a full one
   * threw out or refused counts as gained, here and in bytes.
   */
  readonly entries?: number
  readonly entriesPerRequest?: number
  /** Bytes gained per round, planned rounds first. */
  readonly rounds?: readonly number[]
  /** Of a leak: bytes that each request of a plan of several brings when sent alone; absent for a single request. */
  readonly byRequest?: readonly RequestShare[]
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

export interface LeakReport {
  readonly format: 'openresty-leak-report/1'
  /** A fact: budgets, known leaks and baselines do not change it. */
  readonly verdict: Verdict
  /** The decision: nothing grew that is not covered, and no budget or threshold of level error is violated. */
  readonly passed: boolean
  /** Sentences: why the verdict is what it is, and whatever had to be said aloud. */
  readonly reasons: readonly string[]
  /** What ran, and where. */
  readonly runtime: {
    readonly kind: string
    readonly description: string
    readonly workers: readonly number[]
    /** nginx's prefix, which files are relative to, from the folder in which the run began; absent where it lies outside of that. */
    readonly folder?: string
  }
  /** Where the requests come from, and what of it was not sent; absent where the run's user wrote them. */
  readonly mix?: RequestMix
  /**
   * When, by which version, of which revision and where it was measured, and with which LuaJIT as the walker proved it (null where no
   * snapshot was taken). Absent where the caller of measure() did not say.
   */
  readonly identity?: RunIdentity & { readonly luajit: string | null }
  /** How many were sent, in which rounds. */
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
  /** How the server was watched; absent of a run, which makes its load itself. */
  readonly watch?: WatchFacts
  /** Of the classes leak and clock, the largest first. */
  readonly growths: readonly Growth[]
  /** Of all other classes. */
  readonly moved: readonly Growth[]
  /** Violated budgets, missed thresholds, exceeded entries of a baseline. */
  readonly violations: readonly Violation[]
  /** What the update of a baseline accepted of this run; absent where none was updated. */
  readonly baselineUpdate?: BaselineUpdate
  /** Memory off the Lua heap. */
  readonly process: {
    readonly rss: { readonly before: number; readonly after: number }
    readonly growths: readonly ProcessGrowth[]
    /** What moved off the Lua heap and is no leak, or undecided. */
    readonly moved?: readonly ProcessGrowth[]
    /** They sum to rss; absent where a snapshot has none. */
    readonly rows?: readonly ProcessRow[]
  }
  /** The planned rounds taken together. */
  readonly load: RoundLoad | null
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
