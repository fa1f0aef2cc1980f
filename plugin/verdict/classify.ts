import { sumOf } from '../base/sum.js'
import { DROP, DROP_OF_GAIN, LEAST_GROWTH, leastGain } from './candidate.js'
import type { Finding } from './finding.js'
import { allRounds, gainedIn, hasConfirm, hasFurther, type Pair, type PairName, pairOf } from './pair.js'
import { isExplained } from './proportion.js'
import type { Gain } from './statistics.js'
import { isFading, STEADY_GAINS, steadiness } from './steadiness.js'
import { gainsOf, IDLE, isWatch, lastLoaded, roundsOf, screeningRounds, type Timeline } from './timeline.js'
import type { Values } from './values.js'
import { classifyWatched } from './watched.js'

/** What gained LEAST_GROWTH in the planned rounds must gain this share of that rate over the whole run, or it was chance. */
const LEAST_SHARE = 0.45
/** A growth by the clock that gained less than this while nobody asked is thin, too. */
const THIN_CLOCK = 10

/**
 * The class of a candidate, from all rounds that ran. Without confirming rounds it stays undecided.
 * Where further rounds ran, nothing is a leak that does not hold over them: what the first pair called one, or left undecided, is held
 * against the further pair as it was against the planned rounds, and a leak on few gains has to hold over the whole run.
 */
export function classify(values: Values, timeline: Timeline): Finding {
  if (!hasConfirm(timeline)) return { class: 'slowing', why: 'the confirming rounds did not run' }
  return isWatch(timeline) ? classifyWatched(values, timeline, decideOrBound) : decideOrBound(values, timeline)
}

function decideOrBound(values: Values, timeline: Timeline): Finding {
  const found = decide(values, timeline)
  switch (found.class) {
    case 'leak':
    case 'slowing':
      return bounded(values, timeline) ?? rare(values, timeline) ?? found
    case 'clock':
      return bounded(values, timeline) ?? found
    default:
      return found
  }
}

function decide(values: Values, timeline: Timeline): Finding {
  const first = judge(values, timeline, 'first', STEADY_GAINS)
  if (!hasFurther(timeline) || !['leak', 'slowing', 'clock'].includes(first.class)) return first
  if (first.thin) {
    return (
      tooFew(values, timeline) ?? fading(values, timeline) ?? judge(values, timeline, 'whole', Number.POSITIVE_INFINITY)
    )
  }
  return fading(values, timeline) ?? judge(values, timeline, 'last', Number.POSITIVE_INFINITY)
}

/** A handful of objects that the further rounds added nothing to speak of: what moves by itself. */
function tooFew({ sum }: Values, timeline: Timeline): Finding | undefined {
  const gained = sum[lastLoaded(timeline)]! - sum[IDLE]!
  const rounds = roundsOf(timeline)
  const [planned, all] = [rounds.slice(0, screeningRounds(timeline)), rounds].map(sumOf) as [number, number]
  if (gained >= LEAST_SHARE * LEAST_GROWTH * (all / planned)) return undefined
  return { class: 'plateau', why: `${gained} in ${all} requests` }
}

/**
 * Bursts with so many requests between them that nothing of what this run can see would leave them out: the most that was ever in use at once,
 * say, or what a rare failure brought. The planned rounds are made so that a leak shows in them, so what misses as many requests is rarer.
 * In a watch the requests that leak may begin to come at any time: what was before them misses nothing.
 */
function rare({ sum }: Values, timeline: Timeline): Finding | undefined {
  const all = gainsOf(sum, timeline)
  const rounds = isWatch(timeline) ? all.slice(all.findIndex(({ gain }) => gain > 0)) : all
  const missed = sumOf(rounds.filter(({ gain }) => gain <= 0).map(({ requests }) => requests))
  if (missed < sumOf(roundsOf(timeline).slice(0, screeningRounds(timeline)))) return undefined
  const grew = rounds.filter(({ gain }) => gain > 0).length
  return { class: 'plateau', why: `in ${grew} of ${rounds.length} rounds, and not in ${missed} requests between them` }
}

function fading({ sum }: Values, timeline: Timeline): Finding | undefined {
  const gains = gainsOf(sum, timeline)
  const planned = screeningRounds(timeline)
  if (!isFading(gains.slice(0, planned), gains.slice(planned))) return undefined
  return { class: 'plateau', why: `ever more rarely: ${gains.map(({ gain }) => gain).join(', ')} by round` }
}

/** @param left gains of the last round that a plateau may still have */
function judge({ sum, byWorker }: Values, timeline: Timeline, name: PairName, left: number): Finding {
  const pair = pairOf(sum, timeline, name)
  const found = drains(pair) ?? restless(pair) ?? clock(pair) ?? sawtooth(pair) ?? steadiness(pair, left)
  if (found.class !== 'leak' && found.class !== 'slowing') return found
  return (
    levelOfOtherWorker(
      byWorker.map((values) => pairOf(values, timeline, name)),
      left,
    ) ?? found
  )
}

/** A backlog: more than half goes away as soon as nobody asks. */
function drains({ start, end, drained, drainS }: Pair): Finding | undefined {
  const grown = end - start
  const gone = drainS > 0 ? end - drained : 0
  if (gone <= grown / 2) return undefined
  return { class: 'drains', why: `${Math.round((100 * gone) / grown)} % gone after ${drainS.toFixed(1)} s idle` }
}

/** Up and down by itself: it fell in a round, and all it gained is no more than it moves while nobody asks. */
function restless(pair: Pair): Finding | undefined {
  const fell = firstFall(pair)
  if (!fell || pair.end - pair.start > -leastGain(pair.moved)) return undefined
  return { class: 'sawtooth', why: `fell by ${-fell.gain} in a round, and moves as much by itself` }
}

/** The first round that lost more than chance takes. */
function firstFall(pair: Pair): Gain | undefined {
  return allRounds(pair).find(({ gain }) => gain < -DROP)
}

/** Timers: it grows as fast while nobody asks. Both idle times count, and the later one must show it: a single late allocation is no clock. */
function clock(pair: Pair): Finding | undefined {
  const { start, end, drained, moved, idleS, drainS, loadS } = pair
  if (drainS <= 0) return undefined
  const late = drained - end
  if (late <= 0 || firstFall(pair)) return undefined // timers only add
  const perSecond = (moved + late) / (idleS + drainS)
  if (perSecond * loadS < (end - start) / 2) return undefined
  return {
    class: 'clock',
    why: `${perSecond.toFixed(1)}/s without any request`,
    perSecond: Number(perSecond.toPrecision(3)),
    ...(moved + late < THIN_CLOCK && { thin: true }),
  }
}

/** A fall in any of the later rounds; the earlier ones were screened for it. */
function sawtooth(pair: Pair): Finding | undefined {
  const least = Math.min(leastGain(pair.moved), -gainedIn(pair).gain * DROP_OF_GAIN)
  const fell = pair.later.find(({ gain }) => gain < least)
  return fell && { class: 'sawtooth', why: `fell by ${-fell.gain} in a confirming round of ${fell.requests} requests` }
}

/**
 * What grows with the items of a recognised cache ends where the cache is full, whether that is still to come or came in the last round.
 * A cache that stood still all along explains no growth below it.
 */
function bounded({ sum, bound }: Values, timeline: Timeline): Finding | undefined {
  if (!bound) return undefined
  const items = bound.items[lastLoaded(timeline)]!
  if (items <= bound.items[IDLE]! || !isExplained(sum, bound.items, timeline)) return undefined
  return {
    class: 'bounded',
    why: items < bound.max ? `${items} of ${bound.max} items` : `full with ${bound.max} items`,
  }
}

/** Workers fill the same caches at different speed: growth up to where another worker stopped is the same plateau. */
function levelOfOtherWorker(pairs: readonly Pair[], left: number): Finding | undefined {
  const workers = pairs.map((pair) => ({
    level: pair.end,
    grows: ['leak', 'slowing'].includes(steadiness(pair, left).class),
  }))
  const levelled = workers.filter(({ grows }) => !grows)
  if (levelled.length === 0) return undefined
  const level = Math.max(...levelled.map(({ level }) => level))
  if (workers.some((worker) => worker.grows && worker.level > level)) return undefined
  return { class: 'plateau', why: `no worker is above ${level}, where another one levelled off` }
}
