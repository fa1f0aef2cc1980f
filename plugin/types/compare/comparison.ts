import type { BenchResult } from './result.js'

export const COMPARISON_FORMAT = 'openresty-leak-compare/1'

export type SideName = 'base' | 'head'
export type FailOn = 'leak' | 'slower' | 'either'

/** Two revisions side by side, judged: plain JSON, the one form that all others are rendered from. */
export interface Comparison {
  readonly format: typeof COMPARISON_FORMAT
  readonly passed: boolean
  readonly failOn: FailOn
  /** Why it did not pass, or could not be measured. */
  readonly reasons: readonly string[]
  /** Whatever else has to be said aloud. */
  readonly notes: readonly string[]
  /** False where a side could not be measured. */
  readonly measured: boolean
  readonly base: BenchResult
  readonly head: BenchResult
  readonly memory: MemoryDifference | null
  /** Empty where times cannot be compared. */
  readonly times: readonly TimeDifference[]
  /** Level of each test of times (0.01: one false call in a hundred). */
  readonly level: number
  /** Where the time went; null for stored results. */
  readonly seconds: Readonly<Record<'boot' | 'memory' | 'garbage' | 'times', number>> | null
}

export interface MemoryDifference {
  /** Paths that keep more, or less, with each request. */
  readonly kept: readonly KeptDifference[]
  readonly heap: HeapDifference
  /** Null where it could not be had exactly on both sides. */
  readonly garbage: Pair<{ readonly objectsPerRequest: number; readonly bytesPerRequest: number }> | null
}

export interface Pair<T> {
  readonly base: T
  readonly head: T
}

export interface KeptDifference {
  readonly path: string
  readonly source: string | null
  /** Of the source in head, from the folder in which the comparison began; absent where it lies outside of that. */
  readonly file?: string
  readonly line?: number
  readonly objectsPerRequest: Pair<number>
  readonly bytesPerRequest: Pair<number>
  readonly entriesPerRequest: Pair<number>
  /** `same` where chance explains the difference. */
  readonly call: 'more' | 'less' | 'same'
}

/** Steady-state heap. */
export interface HeapDifference {
  readonly objects: Pair<number>
  readonly bytes: Pair<number>
  /** Largest first; only what differs by more than it moves by itself, and by no less than the minimum. */
  readonly paths: readonly HeapPathDifference[]
  /** What the smaller ones come to: paths, and the bytes that head has more. */
  readonly below: { readonly paths: number; readonly bytes: number }
  /**
   * Tables, and what else has a path, that lie in head under another key than in base and come to the same objects and bytes: of two
   * keys that lead to one table the order of a hash decides which names it. They are left out of `paths` and `below`.
   */
  readonly renamed: number
  /** Smallest difference of a path that is called, in bytes. */
  readonly minimum: number
}

export interface HeapPathDifference {
  readonly path: string
  readonly objects: Pair<number>
  readonly bytes: Pair<number>
}

export type TimeCall = 'faster' | 'slower' | 'same' | 'unsure'

export interface TimeDifference {
  readonly task: string
  readonly metric: string
  readonly unit: 'us' | 'perSecond'
  readonly better: 'less' | 'more'
  /** Medians over the rounds. */
  readonly base: number
  readonly head: number
  /** Median of the paired ratios head / base; of stored results, of all ratios. */
  readonly ratio: number
  /** Confidence interval of the ratio, at 1 - level. */
  readonly interval: readonly [low: number, high: number]
  /** Two-sided, of the rank test. */
  readonly p: number
  readonly rounds: number
  /** Smallest change that is called, as a share: 0.05 is 5 %. */
  readonly minimum: number
  readonly call: TimeCall
  /** For `unsure`: about how many more rounds would tell. */
  readonly moreRounds?: number
}
