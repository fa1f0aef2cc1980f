import type { GrowthClass } from '../types/growth.js'
import { type Gain, rateOf, scatterOf, shortfall, together } from './statistics.js'
import { firstPair, gainsOf, lastLoaded, lastPairs, roundsOf, type Timeline, type View, wholeRun } from './timeline.js'

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
  /** A leak on so few gains that more load is worth its time before it is believed. */
  readonly thin?: true
}

/** Smaller growth than this is not looked at. */
export const LEAST_GROWTH = 3
/** What a round may lose by chance, beside what moved while nothing was asked. */
const DROP = 2
const DROP_PER_FLOOR = 4
/** A fall below this share of all that was gained does not acquit, either. */
const DROP_OF_GAIN = 1 / 8
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
/** A leak on fewer gains than this is thin: a few dozen rare things that each come once look just like it for as long. */
const THIN_GAINS = 150
/** Nor is it so rare where this share of the requests or more add to it. */
const SPORADIC = 0.5
/** What gained LEAST_GROWTH in the planned rounds must gain this share of that rate over the whole run, or it was chance. */
const LEAST_SHARE = 0.45
/** A growth by the clock that gained less than this while nobody asked is thin, too. */
const THIN_CLOCK = 10
/** Below this share of the planned rate, growth has levelled off; as long as further rounds may come, only where next to nothing is left of it. */
const LEVEL_SHARE = 0.25

/**
 * Whether the planned rounds make it worth confirming: it grew, never fell by more than it does by itself,
 * and did not stand still in the last two rounds where its rate would have shown.
 */
export function isCandidate(values: readonly number[], timeline: Timeline): boolean {
  const rounds = gainsOf(values, timeline).slice(0, timeline.planned.length)
  const gained = together(rounds).gain
  if (gained < LEAST_GROWTH) return false
  if (rounds.some(({ gain }) => gain < Math.min(lowest(values), -gained * DROP_OF_GAIN))) return false
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
 * A leak on few gains has to hold over the whole run.
 */
export function classify(values: Values, timeline: Timeline): Finding {
  if (timeline.confirm.length === 0) return { class: 'slowing', why: 'the confirming rounds did not run' }
  const first = judge(values, firstPair(timeline), STEADY_GAINS)
  if (!timeline.further) return first
  if (first.thin) return tooFew(values, timeline) ?? judge(values, wholeRun(timeline), Number.POSITIVE_INFINITY)
  if (first.class === 'slowing') return judge(values, lastPairs(timeline), Number.POSITIVE_INFINITY)
  return first
}

/** A handful of objects that the further rounds added nothing to speak of: what moves by itself. */
function tooFew({ sum }: Values, timeline: Timeline): Finding | undefined {
  const gained = lastLoaded(sum, timeline) - sum[1]!
  const [planned, all] = [timeline.planned, roundsOf(timeline)].map(total) as [number, number]
  if (gained >= LEAST_SHARE * LEAST_GROWTH * (all / planned)) return undefined
  return { class: 'plateau', why: `${gained} in ${all} requests` }
}

function total(rounds: readonly number[]): number {
  return rounds.reduce((sum, requests) => sum + requests, 0)
}

function mapValues({ sum, byWorker, bound }: Values, cut: (series: readonly number[]) => readonly number[]): Values {
  return {
    sum: cut(sum),
    byWorker: byWorker.map(cut),
    ...(bound && { bound: { items: cut(bound.items), max: bound.max } }),
  }
}

/** @param left gains of the last round that a plateau may still have */
function judge(all: Values, { timeline, cut }: View, left: number): Finding {
  const values = mapValues(all, cut)
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
    ...(sum[1]! - sum[0]! + drained < THIN_CLOCK && { thin: true }),
  }
}

function sawtooth({ sum }: Values, timeline: Timeline): Finding | undefined {
  const gained = lastLoaded(sum, timeline) - sum[1]!
  const fell = gainsOf(sum, timeline)
    .slice(timeline.planned.length)
    .find(({ gain }) => gain < Math.min(lowest(sum), -gained * DROP_OF_GAIN))
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
  const events = together(rounds).gain / scatter
  const short = shortfall(planned, confirmed, scatter)
  const held = first.gain > 0 ? rateOf(last) / rateOf(first) : Number.POSITIVE_INFINITY
  const seen = `${confirmed.gain} in ${confirmed.requests} more requests after ${planned.gain} in ${planned.requests}`
  if (rateOf(confirmed) < rateOf(planned) / 2) {
    if (confirmed.gain < LEAST_GROWTH) return { class: 'plateau', why: seen }
    const steady = confirmed.gain >= STEADY_GAINS && held >= STEADY_SHARE
    if (!steady && (short >= CHANCE_SIGMA || events < STEADY_GAINS)) {
      const levelled = rateOf(last) < rateOf(planned) * LEVEL_SHARE && last.gain < left && short >= SIGMA
      return { class: levelled ? 'plateau' : 'slowing', why: seen }
    }
  } else if (held < 1 - SLOWING && shortfall(first, last, scatter) >= SIGMA) {
    return { class: 'slowing', why: seen }
  }
  if (events >= THIN_GAINS || rateOf(together(rounds)) >= SPORADIC) return leak(rounds)
  return short < SIGMA ? { ...leak(rounds), thin: true } : { class: 'slowing', why: seen }
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
