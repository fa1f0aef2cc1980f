import type { Growth, GrowthClass } from './growth.js'

/** What one look at the workers of a watch came to, and the time before it. The first look has the number 0 and no time before it. */
export interface WatchRound {
  readonly round: number
  /** Unix time of the look. */
  readonly atMs: number
  /** Since the look before that was taken. */
  readonly seconds: number
  /** Requests that nginx counted meanwhile, all of its workers together; null where its build counts none. */
  readonly requests: number | null
  readonly workers: readonly number[]
  /** Reachable, all watched processes together. */
  readonly objects: number
  readonly bytes: number
  /** The longest time that one of them stood still for this look. */
  readonly pauseMs: number
  /** In this round workers left and others took their places: who, in words. Nothing is judged across it. */
  readonly restart?: string
}

/** A look that was not taken. The round goes on until the next one. */
export interface SkippedLook {
  readonly atMs: number
  /** Why, in words. */
  readonly skipped: string
}

/**
 * Why a watch ended: after all of its rounds; at a leak, where that was asked for; somebody ended it; or there was nothing left to
 * watch, or to read.
 */
export type WatchEnd = 'rounds' | 'leak' | 'interrupted' | 'lost'

/** How a server was watched under the traffic that was there. */
export interface WatchFacts {
  readonly everyMs: number
  readonly ended: WatchEnd
  /** All looks that were taken, in order. */
  readonly rounds: readonly WatchRound[]
  /** Rounds that the verdict is made from: the longest stretch without a restart, by the numbers of its first and last look. */
  readonly judged: { readonly from: number; readonly to: number }
  readonly skipped: readonly SkippedLook[]
  readonly pause: {
    /** Of the process that stood still longest, over the whole watch. */
    readonly totalMs: number
    readonly longestMs: number
    /** Of the time that was watched, 0 to 1. */
    readonly share: number
  }
}

/** One path that grows, as long as the watch has not ended. */
export interface GrowsSoFar {
  /** `slowing`: nothing is decided yet. */
  readonly class: GrowthClass
  readonly path: string
  /** Since the first look that is compared. */
  readonly gained: number
  readonly unit: 'objects' | 'entries' | 'bytes'
  readonly coveredBy: Growth['coveredBy']
}

/** What a watch tells while it lasts. */
export type WatchEvent =
  | {
      readonly event: 'start'
      /** What is watched, for people. */
      readonly description: string
      readonly workers: readonly number[]
      readonly everyMs: number
      /** Rounds without a restart that are judged. */
      readonly rounds: number
    }
  | ({
      readonly event: 'round'
      /** Rounds since the last restart. */
      readonly counted: number
      readonly grows: readonly GrowsSoFar[]
    } & WatchRound)
  | ({ readonly event: 'skipped' } & SkippedLook)
