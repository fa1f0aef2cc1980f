import { shortfall, together } from './statistics.js'
import { gainsOf, IDLE, roundsOfKind, type Timeline } from './timeline.js'

/** Smaller growth than this is not looked at. */
export const LEAST_GROWTH = 3
/** What a round may lose by chance, beside what moved while nothing was asked. */
export const DROP = 2
const DROP_PER_FLOOR = 4
/** A fall below this share of all that was gained does not acquit, either. */
export const DROP_OF_GAIN = 1 / 8
/** Sigmas by which the last two rounds must miss growth to be called flat. */
const FLAT_SIGMA = 3

/**
 * Whether the planned rounds make it worth confirming: it grew, never fell by more than it does by itself,
 * and did not stand still in the last two rounds where its rate would have shown.
 */
export function isCandidate(values: readonly number[], timeline: Timeline): boolean {
  const rounds = gainsOf(values, timeline).slice(0, roundsOfKind(timeline, 'planned').length)
  const gained = together(rounds).gain
  if (gained < LEAST_GROWTH) return false
  const least = Math.min(leastGain(values[IDLE]! - values[0]!), -gained * DROP_OF_GAIN)
  if (rounds.some(({ gain }) => gain < least)) return false
  const earlier = together(rounds.slice(0, -2))
  const last = together(rounds.slice(-2))
  return last.gain > 0 || shortfall(earlier, last) < FLAT_SIGMA
}

/**
 * The most a round may lose by itself: -(2 + 4 x what moved while idle).
 * @param moved between the two moments before any load
 */
export function leastGain(moved: number): number {
  return -(DROP + DROP_PER_FLOOR * Math.abs(moved))
}
