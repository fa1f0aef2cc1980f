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
  /** The further pair of confirming rounds, if they ran. */
  readonly further?: {
    /** Requests completed in each. */
    readonly rounds: readonly number[]
    /** Seconds from the last planned round to their end. */
    readonly loadS: number
    /** Seconds from S0' to their end. */
    readonly wholeS: number
    /** Seconds of the drain after them. */
    readonly drainS: number
  }
}

/** A run, or a part of it, in the shape of one without further rounds. */
export interface View {
  readonly timeline: Timeline
  /** What of a series belongs to it. */
  readonly cut: (values: readonly number[]) => readonly number[]
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

/** The run up to the first drain: all that there is without a further pair. */
export function firstPair(timeline: Timeline): View {
  const { further, ...pair } = timeline
  return { timeline: pair, cut: (values) => values.slice(0, firstDrain(timeline) + 1) }
}

/** The further pair, and the confirming rounds in the place of the planned ones. */
export function lastPairs(timeline: Timeline): View {
  const { further, ...pair } = timeline
  if (!further) return firstPair(timeline)
  const { rounds, loadS, drainS } = further
  return {
    timeline: { ...pair, planned: pair.confirm, confirm: rounds, loadS, drainS },
    cut(values) {
      const loaded = overall(values, timeline)
      const start = loaded[1 + pair.planned.length]!
      return [start - (values[1]! - values[0]!), start, ...loaded.slice(2 + pair.planned.length)]
    },
  }
}

/** The further pair, and all earlier rounds as planned ones. */
export function wholeRun(timeline: Timeline): View {
  const { further, ...pair } = timeline
  if (!further) return firstPair(timeline)
  const { rounds, wholeS, drainS } = further
  return {
    timeline: { ...pair, planned: [...pair.planned, ...pair.confirm], confirm: rounds, loadS: wholeS, drainS },
    cut: (values) => overall(values, timeline),
  }
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
