import { sizeRate } from '../base/number.js'
import { sumOf } from '../base/sum.js'
import type { GrowthUnit } from '../types/growth.js'
import type { Snapshot } from '../types/snapshot.js'
import { gainNumbers, IDLE, roundsOf, type Timeline } from '../verdict/timeline.js'
import { whyNoHolders } from './holders.js'
import { awaitingFinalizers, processTracks } from './track.js'
import { LEAST_BYTES } from './units.js'

/**
 * What a saw-tooth hides, as a sentence. Where holders of malloc are not known it is judged by its bytes, and bytes that finalizers free go
 * up and down with the collections: a leak that adds less over the whole run than malloc moved between its lowest and its highest value
 * anyway cannot be told from that. Where holders are known nothing is hidden: garbage is told apart.
 */
export function hiddenBySawtooth(
  moments: readonly (readonly Snapshot[])[],
  timeline: Timeline,
  per: GrowthUnit,
): string | undefined {
  const why = whyNoHolders(moments)
  const malloc = processTracks(moments).find(({ category }) => category === 'malloc')
  const units = sumOf(roundsOf(timeline))
  if (why === undefined || !malloc || units === 0) return undefined
  const bytes = malloc.values.sum.slice(IDLE)
  const moved = Math.max(...bytes) - Math.min(...bytes)
  if (moved < LEAST_BYTES || !falls(malloc.values.sum, timeline) || !turnsOver(moments, timeline)) return undefined
  return `below ${sizeRate(moved / units)}/${per} nothing could be seen off the Lua heap: malloc went up and down with finalizers, and who holds its blocks is not known (${why})`
}

/** By more than an allocator's business, in any round. */
function falls(values: readonly number[], timeline: Timeline): boolean {
  return gainNumbers(values, timeline).some((gain) => gain <= -LEAST_BYTES)
}

/** Whether objects with finalizers came and went: then they, and not something that shrinks, moved malloc. */
function turnsOver(moments: readonly (readonly Snapshot[])[], timeline: Timeline): boolean {
  return gainNumbers(awaitingFinalizers(moments), timeline).some((gain) => gain !== 0)
}
