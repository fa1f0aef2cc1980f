import type { GrowthClass } from '../types.js'
import { type Gain, rateOf, scatterOf, shortfall, together } from './statistics.js'
import { firstPair, gainsOf, lastLoaded, lastPairs, type Timeline } from './timeline.js'

/** One number that was followed over the snapshots: summed over the workers, and for each of them. */
export interface Values {
  readonly sum: readonly number[]
  readonly byWorker: readonly (readonly number[])[]
  /** Items of a recognised bounded cache around it, and how many it can hold. */
  readonly bound?: { readonly items: readonly number[]; readonly max: number }
}

export interface Finding {
  readonly class: GrowthClass
  /** Why, in a few words. */
  readonly why: string
  /** Class clock: gain per second without any request. */
  readonly perSecond?: number
}

/** Smaller growth than this is not looked at. */
export const LEAST_GROWTH = 3
/** What a round may lose by chance, beside what moved while nothing was asked. */
const DROP = 2
const DROP_PER_FLOOR = 4
/** Sigmas by which the last two rounds must miss growth to be called flat. */
const FLAT_SIGMA = 3
const SIGMA = 4
/** Less than half the rate is still chance within this, given enough gains. */
const CHANCE_SIGMA = 3
/** Slower by more than this share of the rate is slowing. */
const SLOWING = 0.1
/** A rate that holds this well over the confirming rounds, on so many gains, is steady whatever came before. Fewer gains prove little. */
const STEADY_SHARE = 0.75
const STEADY_GAINS = 30
/** Below this share of the planned rate, growth has levelled off; as long as further rounds may come, only where next to nothing is left of it. */
const LEVEL_SHARE = 0.25

/**
 * Whether the planned rounds make it worth confirming: it grew, never fell by more than it does by itself,
 * and did not stand still in the last two rounds where its rate would have shown.
 */
export function isCandidate(values: readonly number[], timeline: Timeline): boolean {
  const rounds = gainsOf(values, timeline).slice(0, timeline.planned.length)
  const total = together(rounds).gain
  if (total < LEAST_GROWTH) return false
  if (rounds.some(({ gain }) => gain < lowest(values))) return false
  const earlier = together(rounds.slice(0, -2))
  const last = together(rounds.slice(-2))
  return last.gain > 0 || shortfall(earlier, last) < FLAT_SIGMA
}

/** The most a round may lose: -(2 + 4 x what moved between S0 and S0'). */
export function lowest(values: readonly number[]): number {
  return -(DROP + DROP_PER_FLOOR * Math.abs(values[1]! - values[0]!))
}

/**
 * The class of a candidate, from planned and confirming rounds. Without confirming rounds it stays undecided.
 * What the first confirming pair left undecided is held against the further pair, as that was against the planned rounds.
 */
export function classify(values: Values, timeline: Timeline): Finding {
  if (timeline.confirm.length === 0) return { class: 'slowing', why: 'the confirming rounds did not run' }
  const { further, ...pair } = timeline
  if (!further) return judge(values, pair, STEADY_GAINS)
  const first = judge(
    mapValues(values, (series) => firstPair(series, timeline)),
    pair,
    STEADY_GAINS,
  )
  if (first.class !== 'slowing') return first
  return judge(
    mapValues(values, (series) => lastPairs(series, timeline)),
    {
      ...pair,
      planned: pair.confirm,
      confirm: further.rounds,
      loadS: further.loadS,
      drainS: further.drainS,
    },
    Number.POSITIVE_INFINITY,
  )
}

function mapValues({ sum, byWorker, bound }: Values, cut: (series: readonly number[]) => readonly number[]): Values {
  return {
    sum: cut(sum),
    byWorker: byWorker.map(cut),
    ...(bound && { bound: { items: cut(bound.items), max: bound.max } }),
  }
}

/** @param left gains of the last round that a plateau may still have */
function judge(values: Values, timeline: Timeline, left: number): Finding {
  const found =
    drains(values, timeline) ??
    restless(values, timeline) ??
    clock(values, timeline) ??
    sawtooth(values, timeline) ??
    steadiness(values, timeline, left)
  if (found.class !== 'leak' && found.class !== 'slowing') return found
  return bounded(values, timeline) ?? levelOfOtherWorker(values, timeline, left) ?? found
}

/** A backlog: more than half goes away as soon as nobody asks. */
function drains({ sum }: Values, timeline: Timeline): Finding | undefined {
  const grown = lastLoaded(sum, timeline) - sum[1]!
  const gone = timeline.drainS > 0 ? lastLoaded(sum, timeline) - sum.at(-1)! : 0
  if (gone <= grown / 2) return undefined
  return {
    class: 'drains',
    why: `${Math.round((100 * gone) / grown)} % gone after ${timeline.drainS.toFixed(1)} s idle`,
  }
}

/** Up and down by itself: it fell in a round, and all it gained is no more than it moves while nobody asks. */
function restless({ sum }: Values, timeline: Timeline): Finding | undefined {
  const fell = firstFall(sum, timeline)
  if (!fell || lastLoaded(sum, timeline) - sum[1]! > -lowest(sum)) return undefined
  return { class: 'sawtooth', why: `fell by ${-fell.gain} in a round, and moves as much by itself` }
}

/** The first round that lost more than chance takes. */
function firstFall(sum: readonly number[], timeline: Timeline): Gain | undefined {
  return gainsOf(sum, timeline).find(({ gain }) => gain < -DROP)
}

/** Timers: it grows as fast while nobody asks. Both idle times count, and the later one must show it: a single late allocation is no clock. */
function clock({ sum }: Values, timeline: Timeline): Finding | undefined {
  if (timeline.drainS <= 0) return undefined
  const drained = sum.at(-1)! - lastLoaded(sum, timeline)
  if (drained <= 0 || firstFall(sum, timeline)) return undefined // timers only add
  const perSecond = (sum[1]! - sum[0]! + drained) / (timeline.idleS + timeline.drainS)
  const grown = lastLoaded(sum, timeline) - sum[1]!
  if (perSecond * timeline.loadS < grown / 2) return undefined
  return {
    class: 'clock',
    why: `${perSecond.toFixed(1)}/s without any request`,
    perSecond: Number(perSecond.toPrecision(3)),
  }
}

function sawtooth({ sum }: Values, timeline: Timeline): Finding | undefined {
  const fell = gainsOf(sum, timeline)
    .slice(timeline.planned.length)
    .find(({ gain }) => gain < lowest(sum))
  return fell && { class: 'sawtooth', why: `fell by ${-fell.gain} in a confirming round of ${fell.requests} requests` }
}

/** Leak, plateau or slowing, from how the rate held in the confirming rounds. */
function steadiness({ sum }: Values, timeline: Timeline, left: number): Finding {
  const rounds = gainsOf(sum, timeline)
  const scatter = scatterOf(rounds)
  const planned = together(rounds.slice(0, timeline.planned.length))
  const confirming = rounds.slice(timeline.planned.length)
  const confirmed = together(confirming)
  const first = together(confirming.slice(0, -1))
  const last = confirming.at(-1)!
  const seen = `${confirmed.gain} in ${confirmed.requests} more requests after ${planned.gain} in ${planned.requests}`
  if (confirmed.gain < LEAST_GROWTH && rateOf(confirmed) < rateOf(planned) / 2) return { class: 'plateau', why: seen }
  const held = first.gain > 0 ? rateOf(last) / rateOf(first) : Number.POSITIVE_INFINITY
  if (rateOf(confirmed) < rateOf(planned) / 2) {
    if (confirmed.gain >= STEADY_GAINS && held >= STEADY_SHARE) return leak(rounds)
    const short = shortfall(planned, confirmed, scatter)
    if (short < CHANCE_SIGMA && together(rounds).gain / scatter >= STEADY_GAINS) return leak(rounds)
    const levelled = rateOf(last) < rateOf(planned) * LEVEL_SHARE && last.gain < left && short >= SIGMA
    return { class: levelled ? 'plateau' : 'slowing', why: seen }
  }
  if (held < 1 - SLOWING && shortfall(first, last, scatter) >= SIGMA) return { class: 'slowing', why: seen }
  return leak(rounds)
}

function leak(rounds: readonly Gain[]): Finding {
  const grew = rounds.filter(({ gain }) => gain > 0).length
  return { class: 'leak', why: `in ${grew} of ${rounds.length} rounds` }
}

/** A recognised cache that is still filling, and fills. One that stands still does not explain growth below it. */
function bounded({ bound }: Values, timeline: Timeline): Finding | undefined {
  if (!bound) return undefined
  const items = lastLoaded(bound.items, timeline)
  const filled = items - bound.items[1 + timeline.planned.length]!
  if (items >= bound.max || filled <= 0) return undefined
  return { class: 'bounded', why: `${items} of ${bound.max} items` }
}

/** Workers fill the same caches at different speed: growth up to where another worker stopped is the same plateau. */
function levelOfOtherWorker({ byWorker }: Values, timeline: Timeline, left: number): Finding | undefined {
  const workers = byWorker.map((values) => ({
    level: lastLoaded(values, timeline),
    grows: ['leak', 'slowing'].includes(steadiness({ sum: values, byWorker: [] }, timeline, left).class),
  }))
  const levelled = workers.filter(({ grows }) => !grows)
  if (levelled.length === 0) return undefined
  const level = Math.max(...levelled.map(({ level }) => level))
  if (workers.some((worker) => worker.grows && worker.level > level)) return undefined
  return { class: 'plateau', why: `no worker is above ${level}, where another one levelled off` }
}
