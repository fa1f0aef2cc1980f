import type { Snapshot } from '../types/snapshot.js'

/** One look at all places, in their order. */
export interface Look {
  /** Number of the look in the watch, from 0. */
  readonly round: number
  readonly snapshots: readonly Snapshot[]
}

/** Looks between which nobody left or came: only these can be compared. */
export type Stretch = readonly Look[]

/** Looks that are kept of one stretch, so that a watch of any length takes the same memory. */
const MOST_LOOKS = 33

/** The stretches that matter: the one that goes on, and the longest before it. */
export function addLook(stretches: readonly Stretch[], look: Look, isRestart: boolean): Stretch[] {
  if (stretches.length === 0 || isRestart) return [...longest(stretches), [look]]
  return [...stretches.slice(0, -1), thinnedOut([...stretches.at(-1)!, look])]
}

/** What the verdict is made from: the longest stretch, the later one of two that are as long. Empty before the first look. */
export function judgedStretch(stretches: readonly Stretch[]): Stretch {
  return longest(stretches)[0] ?? []
}

/** Rounds that a stretch lasted, also those whose looks are no longer kept. */
export function roundsOf(stretch: Stretch): number {
  return stretch.length === 0 ? 0 : stretch.at(-1)!.round - stretch[0]!.round
}

function longest(stretches: readonly Stretch[]): Stretch[] {
  if (stretches.length === 0) return []
  return [stretches.reduce((best, each) => (roundsOf(each) >= roundsOf(best) ? each : best))]
}

/** Every second look goes: two rounds become one of twice the length, over the same time. */
function thinnedOut(stretch: Stretch): Stretch {
  return stretch.length <= MOST_LOOKS
    ? stretch
    : stretch.filter((_, index) => index % 2 === 0 || index === stretch.length - 1)
}
