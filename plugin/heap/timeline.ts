import type { Gain } from './statistics.js'

/**
 * When the values of a Track were taken: S0, S0', after each planned round, after each confirming round, after the drain;
 * and, where those left something undecided, after each further round and after one more drain.
 */
export interface Timeline {
  /** Requests completed in each planned round. */
  readonly planned: readonly number[]
  /** Requests completed in each confirming round; empty until they ran. */
  readonly confirm: readonly number[]
  /** Seconds between S0 and S0'. */
  readonly idleS: number
  /** Seconds from S0' to the last confirming (or else planned) round's snapshot. */
  readonly loadS: number
  /** Seconds from there to the drain's snapshot; 0 without one. */
  readonly drainS: number
  /** The further pair of confirming rounds, if they ran: requests completed in each, seconds from the last planned round to their end, and seconds of the drain after it. */
  readonly further?: { readonly rounds: readonly number[]; readonly loadS: number; readonly drainS: number }
}

/** Gains of the planned and all confirming rounds. */
export function gainsOf(values: readonly number[], timeline: Timeline): Gain[] {
  const loaded = overall(values, timeline)
  return roundsOf(timeline).map((requests, round) => ({
    gain: loaded[round + 2]! - loaded[round + 1]!,
    requests,
  }))
}

/** Requests of the planned and all confirming rounds, in the order they ran. */
export function roundsOf({ planned, confirm, further }: Timeline): number[] {
  return [...planned, ...confirm, ...(further?.rounds ?? [])]
}

/** The moments before and after each planned and confirming round, in the order they ran. */
export function momentsOf(timeline: Timeline): (readonly [before: number, after: number])[] {
  return roundsOf(timeline).map((_requests, round) => {
    // Further rounds begin where the drain before them ended.
    const drains = round + 2 < firstDrain(timeline) ? 0 : 1
    return [round + 1 + drains, round + 2 + drains]
  })
}

/** The values up to the first drain: all that there is without a further pair. */
export function firstPair(values: readonly number[], timeline: Timeline): readonly number[] {
  return values.slice(0, firstDrain(timeline) + 1)
}

/** What the further pair is to be held against: the same shape, with the confirming rounds in the place of the planned ones. */
export function lastPairs(values: readonly number[], timeline: Timeline): readonly number[] {
  const loaded = overall(values, timeline)
  const start = loaded[1 + timeline.planned.length]!
  return [start - (values[1]! - values[0]!), start, ...loaded.slice(2 + timeline.planned.length)]
}

/** All values but those of a drain in the middle. */
function overall(values: readonly number[], timeline: Timeline): readonly number[] {
  return timeline.further ? values.toSpliced(firstDrain(timeline), 1) : values
}

/** The number after the last round, before any drain that followed it. */
export function lastLoaded(values: readonly number[], timeline: Timeline): number {
  return overall(values, timeline)[1 + roundsOf(timeline).length]!
}

function firstDrain({ planned, confirm }: Timeline): number {
  return 2 + planned.length + confirm.length
}
