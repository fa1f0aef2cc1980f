import { sumBy, sumOf } from '../base/sum.js'
import type { Finding } from './finding.js'
import { hasConfirm, hasFurther } from './pair.js'
import { type Gain, rateOf, together } from './statistics.js'
import {
  gainsOf,
  IDLE,
  isRound,
  lastLoaded,
  roundsOf,
  type Stage,
  type Step,
  secondsBetween,
  type Timeline,
} from './timeline.js'
import type { Values } from './values.js'

/** Fewer rounds than this cannot show a growth and confirm it: two for each. */
export const LEAST_ROUNDS = 4
/** From so many rounds on a quarter of them is kept to decide what the quarter before leaves open. */
const ROUNDS_WITH_FURTHER = 8
/** What gained less over a whole watch is not told from chance. A run's shortest way to a leak asks for as much. */
const LEAST_GAIN = 10
/** A round with less than this share of the mean traffic says nothing of what grows with requests: it is taken together with the next. */
const BUSY_SHARE = 0.1
/** Seconds explain gains better than requests do where their misfit (chi-squared, for the scatter that is there) is lower by three sigma's worth. */
const BETTER = 9

/**
 * Gives the rounds of a watch their stages. They are alike, and nobody knew beforehand what would grow: the earlier half shows it,
 * the later half confirms it, and from 8 rounds on the last quarter decides.
 */
export function asWatch(timeline: Timeline): Timeline {
  const rounds = timeline.filter(isRound).length
  let round = 0
  return timeline.map((step) => (isRound(step) ? { ...step, stage: stageOfRound(round++, rounds) } : step))
}

function stageOfRound(round: number, rounds: number): Stage {
  if (rounds < LEAST_ROUNDS) return 'planned'
  if (rounds < ROUNDS_WITH_FURTHER) return round < Math.ceil(rounds / 2) ? 'planned' : 'confirm'
  const quarter = Math.floor(rounds / 4)
  if (round < rounds - 2 * quarter) return 'planned'
  return round < rounds - quarter ? 'confirm' : 'further'
}

/**
 * The class of what grew under somebody else's traffic, which cannot be stopped to see what grows by itself: growth goes by the clock
 * where seconds explain the gains of the rounds clearly better than requests, or where there are no requests.
 * @param judge how the rounds of a run are judged
 */
export function classifyWatched(
  values: Values,
  timeline: Timeline,
  judge: (values: Values, timeline: Timeline) => Finding,
): Finding {
  const isClock = followsClock(values.sum, timeline)
  const busy = isClock ? timeline.map((_, moment) => moment) : busyMoments(timeline)
  const picked = isClock ? inSeconds(timeline) : asWatch(pickSteps(timeline, busy))
  if (!hasConfirm(picked)) return { class: 'slowing', why: 'too few rounds had requests' }
  const gained = values.sum[lastLoaded(timeline)]! - values.sum[IDLE]!
  const found = judge(pickValues(values, busy), picked)
  if (found.class !== 'leak') return found
  if (gained < LEAST_GAIN) {
    return { class: 'plateau', why: `${gained} in ${roundsOf(timeline).length} rounds, too few to tell from chance` }
  }
  if (found.thin && !hasFurther(picked)) return { class: 'slowing', why: `${found.why}, on too few gains to be sure` }
  return isClock ? byClock(found, gained, timeline) : found
}

/**
 * Whether gains go with time rather than with requests. Where requests came evenly the two cannot be told apart, and requests are
 * the likelier reason.
 */
export function followsClock(values: readonly number[], timeline: Timeline): boolean {
  const byRequest = gainsOf(values, timeline)
  const bySecond = gainsOf(values, inSeconds(timeline))
  if (byRequest.every(({ requests }, round) => requests === 0 || requests === bySecond[round]!.requests)) return true
  const scatter = Math.max(1, misfit(bySecond) / Math.max(1, bySecond.length - 1))
  return misfit(byRequest) - misfit(bySecond) > BETTER * scatter
}

/** Whether requests came at so even a pace that growth by the clock would look the same. */
export function isEven(timeline: Timeline): boolean {
  const paces = timeline.filter(isRound).map(({ units, seconds }) => units / Math.max(seconds, Number.EPSILON))
  return Math.max(...paces) < EVEN * Math.min(...paces)
}
const EVEN = 1.5

/** Pearson's chi-squared of gains around their common rate; what is expected counts as one at the least, so that single objects decide nothing. */
function misfit(gains: readonly Gain[]): number {
  const rate = rateOf(together(gains))
  return sumBy(gains, ({ gain, requests }) => (gain - rate * requests) ** 2 / Math.max(1, rate * requests))
}

function inSeconds(timeline: Timeline): Timeline {
  return timeline.map((step) => (isRound(step) ? { ...step, units: step.seconds } : step))
}

function byClock({ thin }: Finding, gained: number, timeline: Timeline): Finding {
  const perSecond = gained / secondsBetween(timeline, IDLE, lastLoaded(timeline))
  const requests = roundsOf(timeline)
  const isIdle = timeline.every((step) => !isRound(step) || step.units === 0 || step.units === step.seconds)
  const why = isIdle || requests.length === 0 ? 'without any request' : 'however many requests came'
  return {
    class: 'clock',
    why: `${perSecond.toFixed(1)}/s ${why}`,
    perSecond: Number(perSecond.toPrecision(3)),
    ...(thin && { thin }),
  }
}

/** The moments between which there was enough traffic to speak of; rounds without any at the end are left out. */
function busyMoments(timeline: Timeline): number[] {
  const rounds = roundsOf(timeline)
  const least = (BUSY_SHARE * sumOf(rounds)) / Math.max(1, rounds.length)
  let since = 0
  return timeline.flatMap((step, moment) => {
    if (!isRound(step)) return [moment]
    since += step.units
    if (since < least || since === 0) return []
    since = 0
    return [moment]
  })
}

function pickSteps(timeline: Timeline, moments: readonly number[]): Timeline {
  return moments.map((moment, index): Step => {
    const from = index === 0 ? moment - 1 : moments[index - 1]!
    const between = timeline.slice(from + 1, moment + 1)
    return {
      kind: timeline[moment]!.kind,
      units: sumBy(between, ({ units }) => units),
      seconds: sumBy(between, ({ seconds }) => seconds),
    }
  })
}

function pickValues({ sum, byWorker, bound }: Values, moments: readonly number[]): Values {
  const pick = (series: readonly number[]) => moments.map((moment) => series[moment]!)
  return {
    sum: pick(sum),
    byWorker: byWorker.map(pick),
    ...(bound && { bound: { ...bound, items: pick(bound.items) } }),
  }
}
