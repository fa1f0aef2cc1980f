import { type Attribution, attribute } from '../heap/growth/attribution.js'
import type { LoadFacts } from '../heap/growth/growth.js'
import { perRequest } from '../heap/growth/per-request.js'
import type { HeapSeries } from '../heap/series.js'
import type { ProcessGrowth } from '../types/report.js'
import type { Snapshot } from '../types/snapshot.js'
import { holderTracks } from './holders.js'
import { processTracks } from './track.js'
import { zoneTracks } from './zone-track.js'

type Moments = readonly (readonly Snapshot[])[]
type Identity = Pick<ProcessGrowth, 'category' | 'zone' | 'holder' | 'vm'>

export interface AttributedGrowths {
  readonly growths: readonly ProcessGrowth[]
  /** Requests that have to be sent alone, group by group, to tell more of which of them a leak comes from. */
  readonly unattributed: Attribution['next']
}

/**
 * Leaks off the Lua heap with what each request of a plan of several brings when it is sent alone, in bytes.
 * @param moments all of them, those of single requests as well
 * @param series of the same moments
 * @param requests names of all of the plan
 */
export function withByRequest(
  growths: readonly ProcessGrowth[],
  moments: Moments,
  series: HeapSeries,
  { requests, solo }: Pick<LoadFacts, 'requests' | 'solo'>,
): AttributedGrowths {
  if (requests.length < 2 || !growths.some(isLeak)) return { growths, unattributed: [] }
  const bytes = bytesByIdentity(moments, series)
  const unattributed: (readonly string[])[] = []
  const attributed = growths.map((growth) => {
    const values = bytes.get(keyOf(growth))
    if (!isLeak(growth) || !values) return growth
    const rounds = solo.map(({ requests: sent, completed, from, to }) => ({
      requests: sent,
      rate: perRequest(values[to]! - values[from]!, completed),
    }))
    const { byRequest, next } = attribute(requests, rounds)
    unattributed.push(...next)
    return solo.length === 0 || byRequest.length === 0 ? growth : { ...growth, byRequest }
  })
  return { growths: attributed, unattributed }
}

function isLeak({ class: found }: ProcessGrowth): boolean {
  return found === 'leak'
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
