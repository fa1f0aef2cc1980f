import { sumBy } from '../base/sum.js'
import type { MomentKind } from '../types/moment.js'
import type { Gain } from './statistics.js'

/** One moment of a run as the verdict needs it. */
export interface Step {
  readonly kind: MomentKind
  /** Requests, connections or reloads since the moment before: what rates count by. 0 where nothing was asked. */
  readonly units: number
  /** Seconds since the moment before; 0 for the first. */
  readonly seconds: number
  /** Of a watch, whose rounds are all alike and whose traffic nobody holds back: what the round stands for. A run's have kinds of their own. */
  readonly stage?: Stage
}

/** The rounds that show a growth, those that must confirm it, and those that decide what the confirming ones leave open. */
export type Stage = 'planned' | 'confirm' | 'further'

/**
 * The judged moments of a run, in the order taken: `start`, `idle`, planned rounds; then, where they ran to their end, confirming rounds and
 * a drain, further rounds and a drain. A drain may have several moments. A series of values has one number for each.
 */
export type Timeline = readonly Step[]

/** Where in a timeline the run before any load ends: the second of the two first moments. */
export const IDLE = 1

const LOADS: ReadonlySet<MomentKind> = new Set(['planned', 'confirm', 'further'])

/** Whether load of all requests ended at this moment. */
export function isRound({ kind }: Step): boolean {
  return LOADS.has(kind)
}

/** Gains of all rounds: planned, confirming and further ones. What a drain took away counts for the round behind it. */
export function gainsOf(values: readonly number[], timeline: Timeline): Gain[] {
  let before = values[IDLE]!
  return timeline.flatMap((step, moment) => {
    if (!isRound(step)) return []
    const gain = values[moment]! - before
    before = values[moment]!
    return [{ gain, requests: step.units }]
  })
}

/** What each round gained, as plain numbers. */
export function gainNumbers(values: readonly number[], timeline: Timeline): number[] {
  return gainsOf(values, timeline).map(({ gain }) => gain)
}

/** Units of all rounds: planned, confirming and further ones. */
export function roundsOf(timeline: Timeline): number[] {
  return timeline.filter(isRound).map(({ units }) => units)
}

/** Units of the rounds of one kind. */
export function roundsOfKind(timeline: Timeline, wanted: MomentKind): number[] {
  return timeline.filter(({ kind }) => kind === wanted).map(({ units }) => units)
}

/** What a moment stands for in the verdict. */
export function stageOf({ kind, stage }: Step): MomentKind {
  return stage ?? kind
}

/** Whether the traffic was somebody else's: then nothing was ever idle, and requests came as they came. */
export function isWatch(timeline: Timeline): boolean {
  return timeline.some(({ stage }) => stage !== undefined)
}

/** How many rounds show a growth; those behind them have to confirm it. */
export function screeningRounds(timeline: Timeline): number {
  return timeline.filter((step) => isRound(step) && stageOf(step) === 'planned').length
}

/** The moments around each round. */
export function momentsOf(timeline: Timeline): [before: number, after: number][] {
  return timeline.flatMap((step, moment) => (isRound(step) ? [[moment - 1, moment] as [number, number]] : []))
}

/** Two moments between which something was gained. */
export interface Span {
  readonly from: number
  readonly to: number
}

/** The planned rounds. */
export function plannedSpan(timeline: Timeline): Span {
  return { from: IDLE, to: lastPlanned(timeline) }
}

/** The moment after the last planned round: where budgets are judged. */
export function lastPlanned(timeline: Timeline): number {
  return Math.max(
    IDLE,
    timeline.findLastIndex(({ kind }) => kind === 'planned'),
  )
}

/** The moment after the last round of any kind, before a drain that followed it. */
export function lastLoaded(timeline: Timeline): number {
  return Math.max(IDLE, timeline.findLastIndex(isRound))
}

/** Seconds between two moments. */
export function secondsBetween(timeline: Timeline, from: number, to: number): number {
  return sumBy(timeline.slice(from + 1, to + 1), ({ seconds }) => seconds)
}

/** Seconds in which nobody asked anything: the idle time at the start, and the drain at the end. */
export function idleSeconds(timeline: Timeline): number {
  return secondsBetween(timeline, 0, IDLE) + secondsBetween(timeline, lastLoaded(timeline), timeline.length - 1)
}
