import { count, plural, size } from '../base/number.js'
import { sumOf } from '../base/sum.js'
import type { ProcessGrowth } from '../types/report.js'
import type { Snapshot, ZoneKind } from '../types/snapshot.js'
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
import { byClock, inUnits, LEAST_BYTES, mustGainMore, UNIT } from './units.js'
import { shmRows, type ZoneSeries, type ZoneTrack, zoneTracks } from './zone-track.js'

export interface ZoneFindings {
  /** What grew in zones, and what moved there, by class. */
  readonly growths: readonly ProcessGrowth[]
  /** What has to be said of full zones whatever the verdict is, in sentences. */
  readonly notices: readonly string[]
  /** A leak on so few entries that more load is worth its time before it is believed. */
  readonly thin: boolean
}

/** Whether what never expires grew in any shared dictionary so that only more load can tell what it is. */
export function zonesNeedConfirming(moments: readonly (readonly Snapshot[])[], timeline: Timeline): boolean {
  return zoneTracks(moments).some(({ lasting }) => grew(lasting, timeline))
}

/**
 * Shared dictionaries by what is in them: what never expires goes through the verdict's own screen, by entries and by bytes;
 * what expires is bounded by its time to live, whether or not the run lasts that long.
 */
export function zoneGrowths(moments: readonly (readonly Snapshot[])[], timeline: Timeline): ZoneFindings {
  const tracks = zoneTracks(moments)
  const lasting = tracks.flatMap((track) => lastingGrowth(track, timeline) ?? [])
  const expiring = tracks.flatMap((track) => expiringGrowth(track, moments, timeline) ?? [])
  return {
    growths: [...lasting.map(({ growth }) => growth), ...expiring],
    notices: tracks.flatMap(noticesOf),
    thin: lasting.some(({ thin }) => thin),
  }
}

/**
 * Why growth of one of nginx's own zones is no leak; undefined of those that are judged by their bytes in use. A connection leaves
 * a limit_conn zone when it ends, so that one grows only as long as connections do not end.
 */
export function boundOfKind(kind: ZoneKind | null | undefined): string | undefined {
  switch (kind) {
    case 'limit_req':
      return 'limit_req drops clients that stayed away for a minute, and the oldest when the zone is full'
    case 'cache':
      return 'keys of cached files: those not used within "inactive" go, and the oldest when the zone is full'
    case 'ssl_session':
      return 'sessions go after ssl_session_timeout, and the oldest when the zone is full'
    default:
      return undefined
  }
}

/** The kind of each zone by its name. */
export function kindOfZone(moments: readonly (readonly Snapshot[])[], zone: string | undefined): ZoneKind | null {
  return shmRows(moments[0]?.[0]).find(({ name }) => name === zone)?.kind ?? null
}

/* -- What never expires -------------------------------------------------- */

function grew({ entries, bytes }: ZoneSeries, timeline: Timeline): boolean {
  return isCandidate(entries, timeline) || bytesGrew(bytes, timeline)
}

function bytesGrew(bytes: readonly number[], timeline: Timeline): boolean {
  return (
    bytes[lastPlanned(timeline)]! - bytes[IDLE]! >= LEAST_BYTES && isCandidate(inUnits(values(bytes)).sum, timeline)
  )
}

/** A zone is one for all workers. */
function values(sum: readonly number[]): Values {
  return { sum, byWorker: [sum] }
}

function lastingGrowth(
  track: ZoneTrack,
  timeline: Timeline,
): { readonly growth: ProcessGrowth; readonly thin: boolean } | undefined {
  const { entries, bytes } = track.lasting
  if (!grew(track.lasting, timeline)) return undefined
  const found = [
    ...(isCandidate(entries, timeline)
      ? [inBytes(classify(values(entries), timeline), bytesOfOne(track.lasting))]
      : []),
    ...(bytesGrew(bytes, timeline) ? [inBytes(bytesFinding(bytes, timeline), UNIT)] : []),
  ]
  const [worst] = found.sort((one, other) => rank(other) - rank(one))
  const full = fullOf(track)
  if (full.length > 0) {
    return {
      growth: tell(track.zone, track.lasting, { class: 'bounded', why: full.join('; ') }, timeline),
      thin: false,
    }
  }
  const { perSecond } = worst!
  return {
    growth: {
      ...tell(track.zone, track.lasting, worst!, timeline),
      ...(perSecond !== undefined && { perSecond }),
    },
    thin: worst!.thin === true,
  }
}

function inBytes(found: Finding, bytes: number): Finding {
  return { ...found, ...byClock(found, bytes) }
}

/** Bytes of an entry that came during the run. */
function bytesOfOne({ entries, bytes }: ZoneSeries): number {
  return (bytes.at(-1)! - bytes[IDLE]!) / Math.max(1, entries.at(-1)! - entries[IDLE]!)
}

/** Entries may stand still while one of them grows, such as a list; then its bytes tell. */
function bytesFinding(bytes: readonly number[], timeline: Timeline): Finding {
  const found = classify(inUnits(values(bytes)), timeline)
  const confirmed = sumOf(gains(bytes, timeline).slice(screeningRounds(timeline)))
  if (!mustGainMore(found, timeline) || confirmed >= LEAST_BYTES) return found
  return { class: 'plateau', why: `${confirmed} bytes in the confirming rounds` }
}

/** The more certain a leak is, the higher. */
function rank({ class: kind, thin }: Finding): number {
  return ['slowing', 'clock', 'leak'].indexOf(kind) + (kind === 'leak' && !thin ? 1 : 0)
}

/** A full zone grows no more. That it throws out what may still be needed is said aloud; whether it is meant as a cache, nothing in it tells. */
function fullOf({ thrownLasting, refused }: ZoneTrack): string[] {
  const [thrown, turnedAway] = [thrownLasting.at(-1)!, refused.at(-1)!]
  return [
    ...(thrown > 0 ? [`the zone is full: ${thrownWords(thrown, 'that never expire')}`] : []),
    ...(turnedAway > 0 ? [`the zone is full: ${refusedWords(turnedAway)}`] : []),
  ]
}

/* -- What expires -------------------------------------------------------- */

function expiringGrowth(
  track: ZoneTrack,
  moments: readonly (readonly Snapshot[])[],
  timeline: Timeline,
): ProcessGrowth | undefined {
  const { expiring, zone } = track
  if (!bytesGrew(expiring.bytes, timeline)) return undefined
  return tell(zone, expiring, { class: 'bounded', why: expiryWords(track, moments, timeline) }, timeline)
}

/** How large what expires becomes: what comes in a second, for as long as it stays. */
function expiryWords(track: ZoneTrack, moments: readonly (readonly Snapshot[])[], timeline: Timeline): string {
  const expire = `entries expire after at most ${duration(track.ttlMs)}`
  const room = size(track.capacity)
  if (track.oldest === 'lasting' && track.turnsOver) {
    return `${expire}, but stay until the zone (${room}) is full: nginx looks only at the oldest, and that never expires`
  }
  const bytes = bytesPerSecond(track, moments, timeline) * (track.ttlMs / 1000)
  if (bytes <= track.capacity) return `${expire}: at this rate ${size(bytes)}`
  return `${expire}: at this rate they would fill the zone (${room}), which then throws out entries that are still needed`
}

/** Where nothing has gone yet, what the zone gained; else all that was allocated and is not there for good, at the size of those that are there. */
function bytesPerSecond(track: ZoneTrack, moments: readonly (readonly Snapshot[])[], timeline: Timeline): number {
  const last = lastPlanned(timeline)
  const seconds = (moments[last]![0]!.takenAtMs - moments[IDLE]![0]!.takenAtMs) / 1000
  if (seconds <= 0) return 0
  const over = (series: readonly number[]) => series[last]! - series[IDLE]!
  const net = over(track.expiring.bytes) / seconds
  const each = track.expiring.bytes[last]! / Math.max(1, track.expiring.entries[last]!)
  const made = Math.max(0, over(track.made) - over(track.lasting.entries))
  return track.turnsOver ? Math.max(net, (made * each) / seconds) : net
}

const STEPS = [
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1000],
] as const

/** `1934` -> `2 s`, `3_599_100` -> `60 min`; rounded up, in the largest unit of which there are more than one and a half. Milliseconds. */
function duration(ms: number): string {
  const [unit, length] = STEPS.find(([, length]) => ms > length * 1.5) ?? STEPS[2]
  return `${count(Math.ceil(ms / length))} ${unit}`
}

/* -- Full zones ---------------------------------------------------------- */

/** Rounds in which large entries were replaced that make it a habit. */
const REPLACED_OFTEN = 2

function noticesOf({ zone, thrownLasting, thrownExpiring, refused, replaced }: ZoneTrack): string[] {
  const [lasting, expiring, turnedAway] = [thrownLasting.at(-1)!, thrownExpiring.at(-1)!, refused.at(-1)!]
  return [
    ...(lasting > 0
      ? [
          `zone ${zone} is full: ${thrownWords(lasting, 'that never expire')}. Unless it is meant as a cache, it is too small, or its entries need an expiry`,
        ]
      : []),
    ...(replaced >= REPLACED_OFTEN
      ? [`zone ${zone} is full: large entries that never expire took the place of others in ${replaced} rounds`]
      : []),
    ...(expiring > 0 ? [`zone ${zone} is full: ${thrownWords(expiring, 'that had not expired')}`] : []),
    ...(turnedAway > 0 ? [`zone ${zone} is full: ${refusedWords(turnedAway)}`] : []),
  ]
}

function thrownWords(entries: number, which: string): string {
  return `${plural(entries, 'entry', 'entries')} ${which} ${entries === 1 ? 'was' : 'were'} thrown out`
}

function refusedWords(allocations: number): string {
  return `${plural(allocations, 'allocation')} ended with "no memory"`
}

/* -- Both ---------------------------------------------------------------- */

function tell(zone: string, series: ZoneSeries, found: Finding, timeline: Timeline): ProcessGrowth {
  const rounds = gains(series.bytes, timeline)
  const entries = gains(series.entries, timeline)
  return {
    class: found.class,
    category: 'shm',
    zone,
    bytes: sumOf(rounds.slice(0, roundsOfKind(timeline, 'planned').length)),
    bytesPerRequest: perRequest(sumOf(rounds), timeline),
    entries: sumOf(entries.slice(0, roundsOfKind(timeline, 'planned').length)),
    entriesPerRequest: perRequest(sumOf(entries), timeline),
    rounds,
    coveredBy: null,
    why: found.why,
  }
}

function perRequest(gained: number, timeline: Timeline): number {
  const requests = sumOf(roundsOf(timeline))
  return requests > 0 ? Number((gained / requests).toPrecision(5)) : 0
}
