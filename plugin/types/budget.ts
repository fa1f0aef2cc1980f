import type { GrowthClass } from './growth.js'
import type { Pattern } from './path.js'

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
  /** Bytes of malloc that only Lua holds there. */
  | 'malloc'
  | 'objects'
  | 'entries'
  | 'objectsPerRequest'
  | 'bytesPerRequest'
  | 'entriesPerRequest'
  | 'bound'

/** A budget as users write it; sizes are `'64 KB'`, `'1 MiB'` or bytes (KB = 1000, KiB = 1024). */
export type BudgetInput = Readonly<
  Partial<Record<SizeMetric, number | Size>> &
    Partial<Record<Exclude<BudgetMetric, SizeMetric>, number | `${number}`>> & {
      level?: 'error' | 'warn'
      optional?: boolean
    }
>

/** A size with its unit: KB is 1000 bytes, KiB 1024. */
export type Size = `${number}${'' | ' '}${SizeUnit | Lowercase<SizeUnit>}`
type SizeUnit = 'B' | 'KB' | 'MB' | 'GB' | 'KiB' | 'MiB' | 'GiB'

/** Budgets of these are sizes. */
type SizeMetric = Exclude<BudgetMetric, 'objects' | 'entries' | 'objectsPerRequest' | 'entriesPerRequest' | 'bound'>

/** Budgets by path. A path that begins with nothing that a path begins with does not compile. */
export type BudgetsInput = { readonly [P in HeapPath]?: BudgetInput } & {
  readonly [P in ProcessPath]?: ProcessBudgetInput
}

/** Off the Lua heap nothing has types. */
export type ProcessBudgetInput = Pick<BudgetInput, 'total' | 'bytesPerRequest' | 'level' | 'optional'>

/** What can be known of a path while it is typed: its root, and that a step comes next. */
export type HeapPath = HeapRoot | `${HeapRoot}${NextStep}`
type HeapRoot = 'registry' | 'globals' | 'main' | `gcroot.${string}` | 'package.loaded' | '_G' | '*' | '**'
type NextStep = `.${string}` | `[${string}` | `{${string}` | `(${string}`

/** `process.malloc.lost`, `process.shm["my-cache"]`. */
export type ProcessPath =
  | 'process'
  | `process.${'malloc' | 'shm' | 'pool' | 'ctype' | 'mcode' | 'rss' | '*' | '**'}`
  | `process.${'malloc' | 'shm' | '*'}${NextStep}`

export interface KnownLeak {
  /** As in a budget. */
  readonly path: string
  /** Why it is accepted; every report says it. */
  readonly reason: string
  /** ISO date; an error once past. */
  readonly until?: string
}

/** A budget whose path was read. */
export interface ParsedBudget extends Budget {
  readonly pattern: Pattern
}

/** A known leak whose path was read. */
export interface CheckedLeak extends KnownLeak {
  readonly pattern: Pattern
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

/** What the update of a baseline wrote for one measurement. */
export interface BaselineUpdate {
  /** The baseline, from the folder in which the run began; absolute outside of it. */
  readonly file: string
  /** Whose growth it accepts: the test and its file, or the requests. */
  readonly section: string
  /** By path. */
  readonly entries: readonly UpdatedEntry[]
}

/** One path in the update of a baseline. */
export interface UpdatedEntry {
  /** As the baseline has it: `stream PATH` in another VM than http's. */
  readonly path: string
  readonly change: 'new' | 'changed' | 'kept' | 'removed'
  /** What is accepted from now on; absent where the entry was removed. */
  readonly accepts?: AcceptedGrowth
  /** What was accepted until now; absent where the entry is new. */
  readonly accepted?: AcceptedGrowth
}
