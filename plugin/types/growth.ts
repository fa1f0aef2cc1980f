import type { Located, Place } from './added.js'
import type { TypeName } from './snapshot.js'

/**
 * What growth is counted by. A call is one of a `work`, a session a connection to a server of `stream`; seconds count in a watch
 * without requests.
 */
export type GrowthUnit = 'request' | 'connection' | 'reload' | 'call' | 'session' | 'second'

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

/** What one request of a plan gains. */
export interface RequestShare {
  readonly request: string
  readonly perRequest: number
  /** Where it was not sent alone but with others, of which it is the mean: how many they are. */
  readonly together?: number
}

export interface TypeGrowth {
  readonly objects: number
  readonly bytes: number
  readonly objectsPerRequest: number
  readonly bytesPerRequest: number
  /** Of cdata: what they are, those with the most objects first. */
  readonly ctypes?: readonly CdataGrowth[]
  /**
   * Of functions, threads and prototypes: where those that came are defined (a thread by the first Lua function on
   * its stack), those with the most objects first, eight at most.
   */
  readonly definedAt?: readonly DefinitionGrowth[]
}

export interface DefinitionGrowth extends Place {
  /** Gained over the planned rounds. */
  readonly objects: number
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

export interface Growth extends Located {
  /** `leak` and `clock` are growth; the others moved, and are harmless or, as `slowing`, undecided. */
  readonly class: GrowthClass
  /** `http`, `stream`, or `vmN`. */
  readonly vm: string
  /** Title of the process that it is in, where that is no worker: `nginx: privileged agent process`. */
  readonly process?: string
  /** What the PerRequest rates count by; absent for requests. */
  readonly per?: Exclude<GrowthUnit, 'request'>
  /** Reference path of what is gained; ends in `[*]`, `{*}` or `.<keys>` where a container gains entries. */
  readonly path: string
  /**
   * `demo.lua:5` of the code that owns what grows: the function on the path that is nearest the container; of nginx's
   * own coroutines the body of those that came;
   * where no function is on the path the first method of the class that the nearest object is of; null where there is none of these.
   */
  readonly source: string | null
  /** Of the source, or of the module: from nginx's prefix, absolute outside of it; null where there is no file. Absent in reports of version 0.1. */
  readonly file?: string | null
  /** Of the source, in that file, from 1. */
  readonly line?: number | null
  /** The shortest end of the file's path that no other file of the heap has; absent where that is the bare name. */
  readonly shortFile?: string
  /** `app.lua`: where source is null, the file of the module that the path goes through. */
  readonly moduleFile?: string
  /** All workers, the one with the largest share of it first. */
  readonly workers: readonly WorkerShare[]
  /** What accepts it; null where nothing does. */
  readonly coveredBy: 'budget' | 'known' | 'baseline' | null
  /** Objects (or entries, or payload bytes where nothing else grows) gained per round, planned rounds first, then confirming ones. */
  readonly rounds: readonly number[]
  /** Over all rounds, by what growth is counted by; so are the next two. */
  readonly objectsPerRequest: number
  readonly bytesPerRequest: number
  readonly entriesPerRequest: number
  /** What the container's slots gained over the planned rounds. */
  readonly slots: { readonly used: number; readonly allocated: number; readonly bytes: number }
  /** Gained over the planned rounds, by type, and rates over all. */
  readonly types: Readonly<Partial<Record<TypeName, TypeGrowth>>>
  /**
   * What came at the path itself over the planned rounds, in objects, without what hangs on it: a list of tables that hold functions has tables only.
   * `metatable` counts those of the tables that have a field `__index`, as classes do. Types that gained none are left out.
   */
  readonly elements?: Readonly<Partial<Record<TypeName | 'metatable', number>>>
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
  readonly byRequest?: readonly RequestShare[]
  /** Mode of the container where it is a weak table. */
  readonly weak?: 'k' | 'v' | 'kv'
  /** Items and capacity of a recognised bounded cache. */
  readonly bound?: { readonly items: number; readonly max: number }
}
