import { IDLE, lastLoaded, type Timeline } from './timeline.js'
import { mapValues, type Values } from './values.js'

/** Up to so many strings or buffers, each is followed for its own sake. */
const FEW_HOLDERS = 16
/** Less is digits: a text that is kept and made anew from counters gets longer by one now and then. Bytes, over all rounds. */
const LEAST_BYTES = 512
/** Of more of them, each must have gained so many bytes: where keys are numbered, each that replaces another may be a digit longer. */
const LEAST_EACH = 16

/**
 * Contents (bytes of strings, cdata and buffers) as they are judged: as if the number of objects that hold them had stayed what it was before the
 * first round, since more objects are told by their number.
 * @param holders how many objects hold them
 * @returns undefined where there were none, or where there are many and each gained next to nothing
 */
export function contentsOf(values: Values, holders: readonly number[], timeline: Timeline): Values | undefined {
  const before = holders[IDLE]!
  const end = lastLoaded(timeline)
  if (before <= 0 || values.sum[end]! - values.sum[IDLE]! < LEAST_BYTES) return undefined
  const each = (moment: number) => values.sum[moment]! / Math.max(1, holders[moment]!)
  if (before > FEW_HOLDERS && each(end) - each(IDLE) < LEAST_EACH) return undefined
  return mapValues(values, (series) =>
    series.map((bytes, moment) => Math.round((bytes * before) / Math.max(1, holders[moment]!))),
  )
}
