import type { TimeCall, TimeDifference } from '../../types/compare/comparison.js'
import type { BenchTask, MetricSamples } from '../../types/compare/result.js'
import {
  mannWhitneyP,
  median,
  medianInterval,
  normalQuantile,
  shiftInterval,
  signedRankP,
} from '../times/statistics.js'

export interface TimeRules {
  /** Level of each test: 0.01 is one false call in a hundred. */
  readonly level: number
  /** Smallest change that is called, as a share, by metric. */
  readonly minimum: (metric: string) => number
  /** Whether rounds of the same index were taken side by side. */
  readonly paired: boolean
}

/** Every metric that both sides have. */
export function timeDifferences(
  base: readonly BenchTask[],
  head: readonly BenchTask[],
  rules: TimeRules,
): TimeDifference[] {
  return base.flatMap((task) => {
    const other = head.find(({ name, kind }) => name === task.name && kind === task.kind)
    return Object.entries(task.metrics).flatMap(([metric, samples]) => {
      const against = other?.metrics[metric]
      return against ? [timeDifference({ task: task.name, metric }, samples, against, rules)] : []
    })
  })
}

/**
 * One metric of two revisions. It is called faster or slower only if the rank test finds it at the level, the confidence interval agrees,
 * and the change is at least the minimum; the same only if the interval holds no change that large. All else is unsure.
 */
export function timeDifference(
  name: { readonly task: string; readonly metric: string },
  base: MetricSamples,
  head: MetricSamples,
  rules: TimeRules,
): TimeDifference {
  const minimum = rules.minimum(name.metric)
  const found = rules.paired
    ? shiftOfPairs(base.rounds, head.rounds, rules.level)
    : shiftOfGroups(base.rounds, head.rounds, rules.level)
  const change = decide(found, { minimum, level: rules.level })
  const rounds = Math.min(base.rounds.length, head.rounds.length)
  const call = change === 'up' || change === 'down' ? callOf(change, base.better) : change
  return {
    ...name,
    unit: base.unit,
    better: base.better,
    base: median(base.rounds),
    head: median(head.rounds),
    ratio: Math.exp(found.shift),
    interval: [Math.exp(found.interval[0]), Math.exp(found.interval[1])],
    p: found.p,
    rounds,
    minimum,
    call,
    ...(call === 'unsure' && { moreRounds: moreRounds(found, minimum, rounds) }),
  }
}

/** A change of the logarithm, so that twice as fast and half as fast are equally far from the same. */
interface Shift {
  readonly shift: number
  readonly interval: readonly [low: number, high: number]
  readonly p: number
}

function shiftOfPairs(base: readonly number[], head: readonly number[], level: number): Shift {
  const pairs = Math.min(base.length, head.length)
  const ratios = Array.from({ length: pairs }, (_, round) => Math.log(head[round]! / base[round]!))
  return { shift: median(ratios), interval: medianInterval(ratios, level), p: signedRankP(ratios) }
}

function shiftOfGroups(base: readonly number[], head: readonly number[], level: number): Shift {
  const [from, to] = [base.map(Math.log), head.map(Math.log)]
  return { ...shiftInterval(from, to, normalQuantile(level / 2)), p: mannWhitneyP(from, to) }
}

function decide(
  { shift, interval: [low, high], p }: Shift,
  { minimum, level }: { readonly minimum: number; readonly level: number },
): 'up' | 'down' | 'same' | 'unsure' {
  const least = Math.log1p(minimum)
  if (p < level && (low > 0 || high < 0) && Math.abs(shift) >= least) return shift > 0 ? 'up' : 'down'
  return low > -least && high < least ? 'same' : 'unsure'
}

function callOf(change: 'up' | 'down', better: MetricSamples['better']): TimeCall {
  return (change === 'up') === (better === 'less') ? 'slower' : 'faster'
}

/**
 * Intervals shrink with the root of the rounds: so many more until this one no longer holds both no change and the smallest that is called.
 * A change close to that smallest one cannot be told from it with any number of rounds; a quarter of it is taken as the finest distinction.
 */
function moreRounds({ shift, interval: [low, high] }: Shift, minimum: number, rounds: number): number {
  const least = Math.log1p(minimum)
  const half = (high - low) / 2
  if (!Number.isFinite(half)) return Math.max(1, 8 - rounds)
  const apart = Math.max(Math.abs(Math.abs(shift) - least), least / 4)
  return Math.max(2, Math.ceil(rounds * Math.max(0.1, (half / apart) ** 2 - 1)))
}
