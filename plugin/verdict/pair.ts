import { type Gain, together } from './statistics.js'
import { gainsOf, IDLE, isRound, secondsBetween, stageOf, type Timeline } from './timeline.js'

/**
 * One series of a run, cut into rounds and the rounds that they are held against, with the idle times around them.
 * The first pair is the planned against the confirming rounds; the last the confirming against the further ones;
 * the whole run all earlier ones against the further ones.
 */
export interface Pair {
  readonly earlier: readonly Gain[]
  readonly later: readonly Gain[]
  /** Before the first of these rounds. */
  readonly start: number
  /** After the last of them. */
  readonly end: number
  /** After the drain behind it. */
  readonly drained: number
  /** What it moved before any load, while nobody asked anything. */
  readonly moved: number
  readonly idleS: number
  /** From `start` to `end`. */
  readonly loadS: number
  readonly drainS: number
}

export type PairName = 'first' | 'last' | 'whole'

/** A series cut at the rounds of this pair. `last` and `whole` need further rounds. */
export function pairOf(values: readonly number[], timeline: Timeline, name: PairName): Pair {
  const { first, split, last, drained } = boundsOf(timeline, name)
  const gains = gainsOf(values, timeline)
  const roundsTo = (moment: number) => timeline.slice(0, moment + 1).filter(isRound).length
  const [from, middle, to] = [first, split, last].map(roundsTo) as [number, number, number]
  return {
    earlier: gains.slice(from, middle),
    later: gains.slice(middle, to),
    start: values[first]!,
    end: values[last]!,
    drained: values[drained]!,
    moved: values[IDLE]! - values[0]!,
    idleS: secondsBetween(timeline, 0, IDLE),
    loadS: secondsBetween(timeline, first, last),
    drainS: secondsBetween(timeline, last, drained),
  }
}

/** Moments: before the first round, after the last of the earlier rounds, after the last of the later ones, after the drain. */
function boundsOf(timeline: Timeline, name: PairName) {
  const [planned, confirm, further] = (['planned', 'confirm', 'further'] as const).map((wanted) =>
    timeline.findLastIndex((step) => stageOf(step) === wanted),
  ) as [number, number, number]
  const drainBehind = (round: number) => {
    const next = timeline.findIndex(({ kind }, moment) => moment > round && kind !== 'drain')
    return next < 0 ? timeline.length - 1 : next - 1
  }
  if (name === 'first') return { first: IDLE, split: planned, last: confirm, drained: drainBehind(confirm) }
  const first = name === 'last' ? planned : IDLE
  return { first, split: confirm, last: further, drained: drainBehind(further) }
}

export function hasFurther(timeline: Timeline): boolean {
  return timeline.some((step) => stageOf(step) === 'further')
}

export function hasConfirm(timeline: Timeline): boolean {
  return timeline.some((step) => stageOf(step) === 'confirm')
}

/** All rounds of a pair, in order. */
export function allRounds({ earlier, later }: Pair): readonly Gain[] {
  return [...earlier, ...later]
}

/** What was gained from the first of its rounds to the last. */
export function gainedIn(pair: Pair): Gain {
  return together(allRounds(pair))
}
