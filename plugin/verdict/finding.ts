import type { GrowthClass } from '../types/growth.js'

/** What a growth is called, and why. */
export interface Finding {
  readonly class: GrowthClass
  /** Why, in a few words. */
  readonly why: string
  /** Class clock: gain per second without any request. */
  readonly perSecond?: number
  /** A leak on so few gains that more load is worth its time before it is believed. */
  readonly thin?: true
}
