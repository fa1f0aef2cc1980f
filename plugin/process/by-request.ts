import type { SoloRound } from '../heap/growth/growth.js'
import type { HeapSeries } from '../heap/series.js'
import type { ProcessGrowth } from '../types/report.js'
import type { Snapshot } from '../types/snapshot.js'
import { holderTracks } from './holders.js'
import { processTracks } from './track.js'
import { zoneTracks } from './zone-track.js'

type Moments = readonly (readonly Snapshot[])[]
type Identity = Pick<ProcessGrowth, 'category' | 'zone' | 'holder' | 'vm'>

/**
 * Leaks off the Lua heap with what each request of a plan of several brings when it is sent alone, in bytes.
 * @param moments all of them, those of single requests as well
 * @param series of the same moments
 */
export function withByRequest(
  growths: readonly ProcessGrowth[],
  moments: Moments,
  series: HeapSeries,
  solo: readonly SoloRound[],
): readonly ProcessGrowth[] {
  if (solo.length === 0) return growths
  const bytes = bytesByIdentity(moments, series)
  return growths.map((growth) => {
    const values = bytes.get(keyOf(growth))
    if (growth.class !== 'leak' || !values) return growth
    const byRequest = solo.map(({ request, completed, from, to }) => {
      const perRequest = completed > 0 ? (values[to]! - values[from]!) / completed : 0
      return { request, perRequest: Number(perRequest.toPrecision(5)) }
    })
    return { ...growth, byRequest }
  })
}

/** Each series of bytes that a growth may have been told of; what is known in more detail replaces what is not. */
function bytesByIdentity(moments: Moments, series: HeapSeries): Map<string, readonly number[]> {
  return new Map([
    ...processTracks(moments).map((track) => [keyOf(track), track.values.sum] as const),
    ...zoneTracks(moments).map(({ zone, lasting }) => [keyOf({ category: 'shm', zone }), lasting.bytes] as const),
    ...(holderTracks(moments, series) ?? []).map(
      (track) => [keyOf({ category: 'malloc', ...track }), track.bytes.sum] as const,
    ),
  ])
}

function keyOf({ category, zone, holder, vm }: Identity): string {
  return JSON.stringify([category, zone, holder, vm])
}
