import { sizeRate } from '../base/number.js'
import type { Finding } from '../verdict/finding.js'
import { isWatch, type Timeline } from '../verdict/timeline.js'
import { mapValues, type Values } from '../verdict/values.js'

/** Growth below this, over the planned rounds, is an allocator's business. Bytes. */
export const LEAST_BYTES = 64 * 1024
/** What the screen counts: single bytes would make every small change of a buffer an event. */
export const UNIT = 1024

/** Bytes as the screen counts them. */
export function inUnits(values: Values): Values {
  return mapValues(values, (series) => series.map((bytes) => Math.round(bytes / UNIT)))
}

/**
 * Why a growth has its class and, by the clock, how many bytes come each second: the verdict counts in what it judged by.
 * @param bytesOfOne bytes of one of what was judged
 */
export function byClock(
  { class: found, why, perSecond }: Finding,
  bytesOfOne: number,
): Pick<Finding, 'why' | 'perSecond'> {
  if (found !== 'clock' || perSecond === undefined) return { why }
  const bytes = Number((perSecond * bytesOfOne).toPrecision(3))
  return { why: why.replace(/^\S+\/s/, `${sizeRate(bytes)}/s`), perSecond: bytes }
}

/**
 * Whether a growth has still to show that it gained more than an allocator's business where it was to be confirmed.
 * A clock of a run showed it while idle.
 */
export function mustGainMore({ class: found }: Finding, timeline: Timeline): boolean {
  return found === 'leak' || (found === 'clock' && isWatch(timeline))
}
