import { sumOf } from '../base/sum.js'
import { type Classified, isGrowth } from '../heap/growth/sites.js'
import type { HeapSeries } from '../heap/series.js'
import type { ProcessGrowth } from '../types/report.js'
import type { Snapshot } from '../types/snapshot.js'
import { isCandidate } from '../verdict/candidate.js'
import { classify } from '../verdict/classify.js'
import type { Finding } from '../verdict/finding.js'
import {
  gainNumbers as gains,
  IDLE,
  lastPlanned,
  roundsOf,
  roundsOfKind,
  screeningRounds,
  type Timeline,
} from '../verdict/timeline.js'
import type { Values } from '../verdict/values.js'
import { mallocGrowths, mallocNeedsConfirming } from './malloc-growth.js'
import { awaitingFinalizers, type ProcessTrack, processTracks } from './track.js'
import { byClock, inUnits, LEAST_BYTES, mustGainMore, UNIT } from './units.js'
import { boundOfKind, kindOfZone, zoneGrowths, zonesNeedConfirming } from './zone-growth.js'
import { zoneTracks } from './zone-track.js'

/** More unreachable objects with finalizers than this is more. */
const LEAST_AWAITING = 3

type Moments = readonly (readonly Snapshot[])[]

export interface ProcessFindings {
  readonly growths: readonly ProcessGrowth[]
  /** What moved and is no leak, or undecided. */
  readonly moved: readonly ProcessGrowth[]
  /** What has to be said whatever the verdict is, in sentences. */
  readonly notices?: readonly string[]
  /** One of the growths is a leak on so few gains that further rounds would tell more. */
  readonly thin?: true
}

/** Whether anything off the Lua heap grew so that only more load can tell what it is. */
export function processNeedsConfirming(moments: Moments, series: HeapSeries, timeline: Timeline): boolean {
  const malloc = mallocNeedsConfirming(moments, series, timeline)
  return (
    malloc === true ||
    zonesNeedConfirming(moments, timeline) ||
    tracksByBytes(moments, malloc === undefined).some(
      (track) => !boundOf(track, moments) && isProcessCandidate(inUnits(track.values), timeline),
    )
  )
}

/**
 * What grew off the Lua heap, by the verdict's own screen, largest first. Nothing is covered yet.
 * @param served requests of each worker over all rounds; null where they are not known
 */
export function processGrowths(
  moments: Moments,
  timeline: Timeline,
  series: HeapSeries,
  tracks: readonly Classified[],
  served: readonly number[] | null = null,
): ProcessFindings {
  if (roundsOfKind(timeline, 'planned').length < 2) return { growths: [], moved: [] }
  const awaiting = awaitingFinalizers(moments)
  const zones = zoneGrowths(moments, timeline)
  const malloc = mallocGrowths(moments, series, timeline, tracks, served)
  const byBytes = tracksByBytes(moments, malloc === undefined)
    .filter(({ values }) => isProcessCandidate(inUnits(values), timeline))
    .map((track) => describeGrowth(track, boundOf(track, moments) ?? findingOf(track, awaiting, timeline), timeline))
  const all = [...zones.growths, ...(malloc?.growths ?? []), ...byBytes].sort((one, other) => other.bytes - one.bytes)
  return {
    growths: all.filter((growth) => isGrowth(growth.class)),
    moved: all.filter((growth) => !isGrowth(growth.class)),
    ...(zones.notices.length > 0 && { notices: zones.notices }),
    ...((zones.thin || malloc?.thin) && { thin: true }),
  }
}

/** What is judged by its bytes. A dictionary whose entries are known is not, nor malloc whose holders are: both are judged by what is in them. */
function tracksByBytes(moments: Moments, withMalloc: boolean): ProcessTrack[] {
  const known = new Set(zoneTracks(moments).map(({ zone }) => zone))
  return processTracks(moments).filter(({ category, zone }) => {
    return zone === undefined ? category !== 'malloc' || withMalloc : !known.has(zone)
  })
}

function boundOf({ zone }: ProcessTrack, moments: Moments): Finding | undefined {
  const why = boundOfKind(kindOfZone(moments, zone))
  return why === undefined ? undefined : { class: 'bounded', why }
}

function isProcessCandidate({ sum }: Values, timeline: Timeline): boolean {
  return (sum[lastPlanned(timeline)]! - sum[IDLE]!) * UNIT >= LEAST_BYTES && isCandidate(sum, timeline)
}

function findingOf({ category, values }: ProcessTrack, awaiting: readonly number[], timeline: Timeline): Finding {
  const found = classify(inUnits(values), timeline)
  if (!mustGainMore(found, timeline)) return found
  const confirmed = sumOf(gains(values.sum, timeline).slice(screeningRounds(timeline)))
  if (confirmed < LEAST_BYTES) {
    return { class: 'plateau', why: `${confirmed} bytes in the confirming rounds` }
  }
  return category === 'malloc' ? (heldByGarbage(awaiting, timeline) ?? found) : found
}

/**
 * Memory behind ffi.gc and __gc is free once a collection has run. If such objects only piled up, no collection ran and nothing is known;
 * if they went away in some round and the memory stayed, they did not hold it.
 */
function heldByGarbage(awaiting: readonly number[], timeline: Timeline): Finding | undefined {
  const rounds = gains(awaiting, timeline)
  const piledUp = sumOf(rounds)
  if (piledUp < LEAST_AWAITING || rounds.some((gain) => gain < 0)) return undefined
  return {
    class: 'slowing',
    why: `${piledUp} unreachable objects with finalizers wait for a collection and may hold it`,
  }
}

function describeGrowth({ category, zone, values }: ProcessTrack, found: Finding, timeline: Timeline): ProcessGrowth {
  const rounds = gains(values.sum, timeline)
  const requests = sumOf(roundsOf(timeline))
  return {
    class: found.class,
    category,
    ...(zone !== undefined && { zone }),
    bytes: sumOf(rounds.slice(0, roundsOfKind(timeline, 'planned').length)),
    bytesPerRequest: requests > 0 ? Number((sumOf(rounds) / requests).toPrecision(5)) : 0,
    rounds,
    coveredBy: null,
    ...byClock(found, UNIT),
  }
}
