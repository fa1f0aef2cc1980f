import { sumBy } from '../base/sum.js'

/** The little statistics that the verdict needs: counts of rare, independent events, and how far two of them may differ by chance. */

/** What was gained over so many requests. */
export interface Gain {
  readonly gain: number
  readonly requests: number
}

export function together(gains: readonly Gain[]): Gain {
  return {
    gain: sumBy(gains, ({ gain }) => gain),
    requests: sumBy(gains, ({ requests }) => requests),
  }
}

export function rateOf({ gain, requests }: Gain): number {
  return requests > 0 ? gain / requests : 0
}

/**
 * How many standard deviations `later` fell short of its share, had the rate stayed the same.
 * Given their sum, the later count is binomial; `scatter` widens it for events that come in bursts.
 */
export function shortfall(earlier: Gain, later: Gain, scatter = 1): number {
  const total = Math.max(0, earlier.gain) + Math.max(0, later.gain)
  // rounds without requests promise nothing
  if (total === 0 || earlier.requests <= 0 || later.requests <= 0) return 0
  const share = later.requests / (earlier.requests + later.requests)
  return (total * share - later.gain) / Math.sqrt(scatter * total * share * (1 - share))
}

/**
 * Variance of the rounds over what single, independent events would have (1): bursts and variable sizes have more.
 * Measured around the best rate that never rises, so that a growth that slows down is not taken for scatter;
 * where all gains are multiples of one burst, at least that burst.
 */
export function scatterOf(rounds: readonly Gain[]): number {
  const burst = rounds.reduce((divisor, { gain }) => commonDivisor(divisor, Math.abs(gain)), 0)
  const blocks = neverRising(rounds)
  const freedom = rounds.length - blocks.length
  let squares = 0
  for (const block of blocks) {
    const rate = rateOf(together(block))
    if (rate <= 0) continue
    for (const { gain, requests } of block) squares += (gain - rate * requests) ** 2 / (rate * requests)
  }
  return Math.max(1, burst, freedom > 0 ? squares / freedom : 0)
}

function commonDivisor(one: number, other: number): number {
  return other === 0 ? one : commonDivisor(other, one % other)
}

/** Neighbouring rounds pooled until the rates of the pools never rise (pool adjacent violators). */
function neverRising(rounds: readonly Gain[]): Gain[][] {
  const blocks: Gain[][] = []
  for (const round of rounds) {
    let block = [round]
    for (let last = blocks.at(-1); last && rateOf(together(last)) <= rateOf(together(block)); last = blocks.at(-1)) {
      block = [...last, ...block]
      blocks.pop()
    }
    blocks.push(block)
  }
  return blocks
}
