import { sumBy } from '../base/sum.js'
import { DROP, LEAST_GROWTH } from './candidate.js'
import type { Finding } from './finding.js'
import { allRounds, type Pair } from './pair.js'
import { type Gain, rateOf, scatterOf, shortfall, together } from './statistics.js'

const SIGMA = 4
/** Less than half the rate is still chance within this, given enough gains. */
const CHANCE_SIGMA = 3
/** Slower by more than this share of the rate is slowing. */
const SLOWING = 0.1
/** A rate that holds this well over the later rounds, on so many gains, is steady whatever came before. Fewer gains prove little. */
const STEADY_SHARE = 0.75
export const STEADY_GAINS = 30
/** A leak on fewer gains than this is thin: a few dozen rare things that each come once look just like it for as long. */
const THIN_GAINS = 150
/** Nor is it so rare where this share of the requests or more add to it, in each round. */
const SPORADIC = 0.5
/** Below this share of the earlier rate, growth has levelled off; as long as further rounds may come, only where next to nothing is left of it. */
const LEVEL_SHARE = 0.25
/** So few independent events are records that come ever more rarely rather than a rate. */
const FEW_EVENTS = 10
/** A round that gained nothing tells where the rate of the others promised so many gains. */
const PROMISED = 8

/**
 * Leak, plateau or slowing, from how the rate of the earlier rounds held in the later ones.
 * @param left gains of the last round that a plateau may still have
 */
export function steadiness(pair: Pair, left: number): Finding {
  const rounds = allRounds(pair)
  const scatter = scatterOf(rounds)
  const earlier = together(pair.earlier)
  const later = together(pair.later)
  const first = together(pair.later.slice(0, -1))
  const last = pair.later.at(-1)!
  const events = together(rounds).gain / scatter
  const short = shortfall(earlier, later, scatter)
  const held = first.gain > 0 ? rateOf(last) / rateOf(first) : Number.POSITIVE_INFINITY
  const seen = `${later.gain} in ${later.requests} more requests after ${earlier.gain} in ${earlier.requests}`
  if (rateOf(later) < rateOf(earlier) / 2) {
    if (later.gain < LEAST_GROWTH) return { class: 'plateau', why: seen }
    const steady = later.gain >= STEADY_GAINS && held >= STEADY_SHARE
    if (!steady && (short >= CHANCE_SIGMA || events < STEADY_GAINS)) {
      const levelled = rateOf(last) < rateOf(earlier) * LEVEL_SHARE && last.gain < left && short >= SIGMA
      return { class: levelled ? 'plateau' : 'slowing', why: seen }
    }
  } else if (held < 1 - SLOWING && shortfall(first, last, scatter) >= SIGMA) {
    return { class: 'slowing', why: seen }
  }
  const inEach = rounds.every(({ gain }) => gain > 0)
  if (events >= THIN_GAINS || (inEach && rateOf(together(rounds)) >= SPORADIC)) return leak(rounds)
  return short < SIGMA ? { ...leak(rounds), thin: true } : { class: 'slowing', why: seen }
}

/**
 * Records: after the planned rounds less than half is left of the rate, and what came since came in a few bursts with
 * long rounds of nothing between them.
 * A pool that grows to the most that was ever in use at once does so; a leak keeps its rate.
 * @param planned gains of the planned rounds
 * @param since gains of all rounds after them
 */
export function isFading(planned: readonly Gain[], since: readonly Gain[]): boolean {
  const [before, after] = [together(planned), together(since)]
  if (since.length < 3 || rateOf(after) >= rateOf(before) / 2) return false
  const paused = since.some(({ gain, requests }) => gain <= 0 && gain >= -DROP && rateOf(after) * requests >= PROMISED)
  return paused && after.gain / dispersionOf(since) < FEW_EVENTS
}

/** Variance of the rounds around their common rate over what single, independent events would have; 1 at the least. */
function dispersionOf(rounds: readonly Gain[]): number {
  const rate = rateOf(together(rounds))
  if (rate <= 0) return 1
  const squares = sumBy(rounds, ({ gain, requests }) => (gain - rate * requests) ** 2 / (rate * requests))
  return Math.max(1, squares / (rounds.length - 1))
}

function leak(rounds: readonly Gain[]): Finding {
  const grew = rounds.filter(({ gain }) => gain > 0).length
  return { class: 'leak', why: `in ${grew} of ${rounds.length} rounds` }
}
