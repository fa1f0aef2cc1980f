import { sumOf } from '../../base/sum.js'
import type { Growth, TypeGrowth } from '../../types/growth.js'
import type { TypeName } from '../../types/snapshot.js'
import { isCandidate } from '../../verdict/candidate.js'
import {
  gainNumbers,
  IDLE,
  lastPlanned,
  plannedSpan,
  roundsOf,
  roundsOfKind,
  type Timeline,
} from '../../verdict/timeline.js'
import { holds, type PathNode } from '../node.js'
import { DEFINED, gainedDefinitions } from '../owner/gained-definitions.js'
import type { PlaceOf } from '../owner/place.js'
import type { HeapSeries } from '../series.js'
import { addKinds, type CdataKinds, gainedKinds } from '../source/cdata.js'
import { TYPES } from './elements.js'
import { perRequest } from './per-request.js'
import type { Site } from './sites.js'
import { tally } from './tally.js'

/** One type of objects that a growth is made of. */
export interface GrownType {
  readonly type: TypeName
  /** Gains by round. */
  readonly objects: readonly number[]
  readonly bytes: readonly number[]
  readonly growth: TypeGrowth
}

/** Whether a growth is shown without being judged: a type then need only be more at the end of the planned rounds. */
function isShownOnly(found: Growth['class']): boolean {
  return found === 'one-off' || found === 'plateau' || found === 'sawtooth'
}

function roseIn(values: readonly number[], timeline: Timeline): boolean {
  return values[lastPlanned(timeline)]! > values[IDLE]!
}

/** The types of objects that grew at a site: in number, or, where only contents grow, in bytes. */
export function grownTypes(
  site: Site,
  members: readonly PathNode[],
  series: HeapSeries,
  timeline: Timeline,
  placeOf: PlaceOf,
): GrownType[] {
  const { node, tracks } = site
  if (tracks[0].metric === 'payload' && !holds(node, 'string')) return [contentsGrowth(site, timeline)]
  return TYPES.flatMap((type) => typeGrowth(type, site, members, series, timeline, placeOf) ?? [])
}

function typeGrowth(
  type: TypeName,
  { tracks: [{ metric, finding }] }: Site,
  members: readonly PathNode[],
  series: HeapSeries,
  timeline: Timeline,
  placeOf: PlaceOf,
): GrownType | undefined {
  const [objects, bytes] = [0, 1].map((part) => tally(type, part as 0 | 1, members, series)) as [number[], number[]]
  const lead = metric === 'payload' ? bytes : objects
  if (!isCandidate(lead, timeline) && !(isShownOnly(finding.class) && roseIn(lead, timeline))) return undefined
  const rounds = { objects: gainNumbers(objects, timeline), bytes: gainNumbers(bytes, timeline) }
  const planned = roundsOfKind(timeline, 'planned').length
  const requests = sumOf(roundsOf(timeline))
  return {
    type,
    ...rounds,
    growth: {
      objects: sumOf(rounds.objects.slice(0, planned)),
      bytes: sumOf(rounds.bytes.slice(0, planned)),
      objectsPerRequest: perRequest(sumOf(rounds.objects), requests),
      bytesPerRequest: perRequest(sumOf(rounds.bytes), requests),
      ...(type === 'cdata' && gainedCtypes(members, series, timeline)),
      ...definedAt(type, members, series, timeline, placeOf),
    },
  }
}

/** Contents that are no part of their object: a string.buffer's, whose bytes are what was added rather than what it has allocated. */
function contentsGrowth({ node, tracks: [lead] }: Site, timeline: Timeline): GrownType {
  const bytes = gainNumbers(lead.values.sum, timeline)
  const planned = roundsOfKind(timeline, 'planned').length
  const growth = {
    objects: 0,
    bytes: sumOf(bytes.slice(0, planned)),
    objectsPerRequest: 0,
    bytesPerRequest: perRequest(sumOf(bytes), sumOf(roundsOf(timeline))),
  }
  const type = (['userdata', 'cdata'] as const).find((type) => holds(node, type)) ?? 'userdata'
  return { type, objects: bytes.map(() => 0), bytes, growth }
}

function gainedCtypes(
  members: readonly PathNode[],
  series: HeapSeries,
  timeline: Timeline,
): Pick<TypeGrowth, 'ctypes'> {
  const gained: CdataKinds = new Map()
  const { from, to } = plannedSpan(timeline)
  for (const member of members) {
    for (const [moment, sign] of [[from, -1] as const, [to, 1] as const]) {
      for (const { cdata } of series.holdings(member, moment)) {
        if (cdata) addKinds(gained, cdata, sign)
      }
    }
  }
  const ctypes = gainedKinds(gained)
  return ctypes.length > 0 ? { ctypes } : {}
}

function definedAt(
  type: TypeName,
  members: readonly PathNode[],
  series: HeapSeries,
  timeline: Timeline,
  placeOf: PlaceOf,
): Pick<TypeGrowth, 'definedAt'> {
  if (!DEFINED.includes(type)) return {}
  const gained = gainedDefinitions(members, series, plannedSpan(timeline), type)
  if (gained.length === 0) return {}
  return { definedAt: gained.map(([source, objects]) => ({ ...placeOf(source), objects })) }
}
