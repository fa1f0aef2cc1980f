import { LEAST_GROWTH, leastGain } from './candidate.js'
import type { Finding } from './finding.js'
import { gainNumbers, IDLE, type Timeline } from './timeline.js'

/**
 * What a number did that rose under load and yet is no candidate for a leak: told for the reader, never judged.
 * @returns undefined for what never rose by 3 or more
 */
export function classifyMoved(values: readonly number[], timeline: Timeline): Finding | undefined {
  const gains = gainNumbers(values, timeline)
  if (highest(gains) < LEAST_GROWTH) return undefined
  const rose = gains.flatMap((gain, round) => (gain > 0 ? [round + 1] : []))
  const rounds = gains.length
  if (gains.some((gain) => gain < leastGain(values[IDLE]! - values[0]!))) {
    return { class: 'sawtooth', why: `rose in ${rose.length} and fell in ${rounds - rose.length} of ${rounds} rounds` }
  }
  if (rose.length === 1) return { class: 'one-off', why: `in round ${rose[0]} of ${rounds} only` }
  return { class: 'plateau', why: `rose in ${rose.length} of ${rounds} rounds` }
}

/** Capacity: a table whose slots were doubled for what it holds for a while. */
export function classifySlots(slots: readonly number[], timeline: Timeline): Finding | undefined {
  const gains = gainNumbers(slots, timeline)
  if (highest(gains) < LEAST_GROWTH) return undefined
  const most = slots[IDLE]! + highest(gains)
  return { class: 'step', why: `${slots[IDLE]} -> ${most} slots, with no more in them` }
}

/** How far it got above where it began. */
function highest(gains: readonly number[]): number {
  let [level, most] = [0, 0]
  for (const gain of gains) {
    level += gain
    most = Math.max(most, level)
  }
  return most
}
