import { sumOf } from '../../base/sum.js'
import type { Summary } from '../../types/compare/result.js'

/** Rank statistics for paired rounds: nothing is assumed of how times are distributed, and all probabilities are exact. */

/** The middle value; the mean of the two middle ones. NaN of nothing. */
export function median(values: readonly number[]): number {
  const sorted = ascending(values)
  const middle = sorted.length / 2
  return (sorted[Math.ceil(middle) - 1]! + sorted[Math.floor(middle)]!) / 2
}

export function summaryOf(values: readonly number[]): Summary {
  const middle = median(values)
  const mad = median(values.map((value) => Math.abs(value - middle)))
  return { min: Math.min(...values), median: middle, max: Math.max(...values), mad }
}

/**
 * Confidence interval of the median from order statistics: how many values lie below the median is binomial(n, 1/2), whatever they are.
 * Infinite where there are too few values for this confidence. (W. J. Conover, Practical Nonparametric Statistics, 3.2.)
 * @param level 0.01 for 99 % confidence
 */
export function medianInterval(values: readonly number[], level: number): [low: number, high: number] {
  const sorted = ascending(values)
  const n = sorted.length
  // The lowest rank whose tail, P(Bin(n, 1/2) < rank), is within half the level.
  let rank = 0
  for (let tail = 0.5 ** n, term = tail; tail <= level / 2 && rank < n / 2; rank++) {
    term *= (n - rank) / (rank + 1)
    tail += term
  }
  return rank === 0 ? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY] : [sorted[rank - 1]!, sorted[n - rank]!]
}

/**
 * Wilcoxon's signed-rank test: the two-sided probability that differences without a preferred sign lie as far to one side.
 * Exact, also with ties: every pattern of signs is counted. Zeros say nothing and are left out. (F. Wilcoxon, Biometrics Bulletin 1, 1945.)
 */
export function signedRankP(differences: readonly number[]): number {
  const moved = differences.filter((difference) => difference !== 0)
  const ranks = doubledRanks(moved.map(Math.abs))
  const positive = sumOf(ranks.filter((_rank, index) => moved[index]! > 0))
  const total = sumOf(ranks)
  // Probability of each rank sum, by adding one rank after the other with either sign.
  const chances = new Float64Array(total + 1)
  chances[0] = 1
  let reached = 0
  for (const rank of ranks) {
    reached += rank
    for (let at = reached; at >= 0; at--) chances[at] = (chances[at]! + (at >= rank ? chances[at - rank]! : 0)) / 2
  }
  const extreme = Math.min(positive, total - positive)
  return Math.min(1, 2 * sumOf([...chances.subarray(0, extreme + 1)]))
}

/**
 * The Mann-Whitney test: the two-sided probability that two samples of one distribution are as unevenly mixed.
 * By the normal approximation with correction for ties and continuity. (H. B. Mann and D. R. Whitney, Ann. Math. Statist. 18, 1947.)
 */
export function mannWhitneyP(one: readonly number[], other: readonly number[]): number {
  const [n, m] = [one.length, other.length]
  const ranks = doubledRanks([...one, ...other]).map((rank) => rank / 2)
  const u = sumOf(ranks.slice(0, n)) - (n * (n + 1)) / 2
  const ties = sumOf([...counts(ranks).values()].map((count) => count ** 3 - count))
  const variance = ((n * m) / 12) * (n + m + 1 - ties / ((n + m) * (n + m - 1)))
  if (!(variance > 0)) return 1
  const distance = Math.max(0, Math.abs(u - (n * m) / 2) - 0.5)
  return Math.min(1, 2 * upperTail(distance / Math.sqrt(variance)))
}

/**
 * Confidence interval of the shift between two samples: the differences of all pairs, cut at the ranks that the Mann-Whitney test would
 * just not reject. (E. L. Lehmann, Nonparametrics, 2.7.)
 * @param z normal quantile of the confidence: 2.576 for 99 %
 */
export function shiftInterval(
  from: readonly number[],
  to: readonly number[],
  z: number,
): { readonly shift: number; readonly interval: [low: number, high: number] } {
  const differences = ascending(to.flatMap((high) => from.map((low) => high - low)))
  const [n, m] = [from.length, to.length]
  const rank = Math.floor((n * m) / 2 - z * Math.sqrt((n * m * (n + m + 1)) / 12))
  const interval: [number, number] =
    rank < 1
      ? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]
      : [differences[rank - 1]!, differences[differences.length - rank]!]
  return { shift: median(differences), interval }
}

/** The z that a standard normal exceeds with this probability. (By bisection: it is asked once per comparison.) */
export function normalQuantile(tail: number): number {
  let [low, high] = [0, 40]
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2
    if (upperTail(middle) > tail) low = middle
    else high = middle
  }
  return high
}

/** P(Z > z) of a standard normal, z >= 0, to seven digits. (Abramowitz and Stegun, 26.2.17.) */
export function upperTail(z: number): number {
  const t = 1 / (1 + 0.2316419 * z)
  const series = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))))
  return (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * series
}

/** Twice the rank of each value, equal values sharing theirs: whole numbers, whatever the ties. */
function doubledRanks(values: readonly number[]): number[] {
  const sorted = ascending(values)
  const first = new Map<number, number>()
  sorted.forEach((value, index) => {
    if (!first.has(value)) first.set(value, index)
  })
  const equal = counts(values)
  return values.map((value) => 2 * first.get(value)! + 1 + equal.get(value)!)
}

function counts(values: readonly number[]): Map<number, number> {
  const found = new Map<number, number>()
  for (const value of values) found.set(value, (found.get(value) ?? 0) + 1)
  return found
}

function ascending(values: readonly number[]): number[] {
  return [...values].sort((one, other) => one - other)
}
