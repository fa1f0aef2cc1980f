import type { TimeDifference } from '../../types/compare/comparison.js'

/** With fewer rounds a single one that was disturbed would decide the first look. */
const LEAST_ROUNDS = 24
/** A time that would need so many times the planned rounds holds nothing up. */
const HOPELESS = 4

/** After which rounds of `rounds` the times are looked at, to see whether they tell already; the last is the end. */
export function looksOf(rounds: number): readonly number[] {
  return rounds < LEAST_ROUNDS ? [rounds] : [Math.ceil((2 * rounds) / 3), rounds]
}

/** Each look may be wrong once: together they keep the level if they share it (Bonferroni). */
export function levelOfLook(level: number, rounds: number): number {
  return level / looksOf(rounds).length
}

/** Whether the rounds that are left could no longer change the answer. */
export function areTold(times: readonly TimeDifference[], rounds: number): boolean {
  return times.every(({ call, moreRounds = 0 }) => call !== 'unsure' || moreRounds > HOPELESS * rounds)
}
