import { sumBy, sumOf } from '../../base/sum.js'
import type { Growth } from '../../types/growth.js'
import type { TypeName } from '../../types/snapshot.js'
import { isCandidate } from '../../verdict/candidate.js'
import { gainNumbers as gains, plannedSpan, roundsOf, type Timeline } from '../../verdict/timeline.js'
import { workerShares } from '../../verdict/worker-shares.js'
import { type PathNode, pathOf } from '../node.js'
import { findSource } from '../owner/find-source.js'
import { mayAdd } from '../owner/may-add.js'
import { type PlaceOf, placesIn } from '../owner/place.js'
import { isManyKeys, printPath } from '../path.js'
import type { HeapSeries } from '../series.js'
import { type Attribution, attribute, type GroupRound } from './attribution.js'
import { amountOf, valuesOf } from './diff.js'
import { elementsOf } from './elements.js'
import { grownTypes } from './grown-types.js'
import { perRequest } from './per-request.js'
import { isGrowth, ownersOf, type Site } from './sites.js'
import { slotsOf } from './slots.js'
import { tally } from './tally.js'

/** A load of one request alone, or of some of several, between two moments that are not judged. */
export interface SoloRound {
  /** Their names. */
  readonly requests: readonly string[]
  readonly completed: number
  readonly from: number
  readonly to: number
}

/** What is known of the load beside its rounds. */
export interface LoadFacts {
  /** Requests that each worker served over all rounds; null where that is not known. */
  readonly served: readonly number[] | null
  /** Names of the plan's requests. */
  readonly requests: readonly string[]
  readonly solo: readonly SoloRound[]
}

/** A growth, and the requests that would have to be sent alone to tell more of where it comes from. */
export interface ToldGrowth {
  readonly growth: Growth
  readonly next: Attribution['next']
}

/** Describes the growth of each site with all that belongs to it, largest first. Nothing is covered yet. */
export function growthsOf(
  sites: readonly Site[],
  series: HeapSeries,
  timeline: Timeline,
  { served, requests, solo }: LoadFacts,
): ToldGrowth[] {
  const growths: ToldGrowth[] = []
  const placeOf = placesIn(series)
  for (const vm of series.vms) {
    const members = new Map<Site, PathNode[]>()
    for (const [node, site] of ownersOf(vm, sites, series)) {
      const nodes = members.get(site)
      if (nodes) nodes.push(node)
      else members.set(site, [node])
    }
    for (const [site, nodes] of members) {
      const growth = describeGrowth(site, nodes, series, timeline, served, placeOf)
      const { byRequest, next } =
        growth.class === 'leak'
          ? attribute(requests, groupRounds(site, growth, nodes, series, solo))
          : { byRequest: [], next: [] }
      growths.push({ growth: byRequest.length > 0 && solo.length > 0 ? { ...growth, byRequest } : growth, next })
    }
  }
  return growths.sort(
    ({ growth: one }, { growth: other }) => bytesOf(other) - bytesOf(one) || (one.path < other.path ? -1 : 1),
  )
}

function bytesOf({ types, slots }: Growth): number {
  return slots.bytes + sumBy(Object.values(types), ({ bytes }) => bytes)
}

function describeGrowth(
  site: Site,
  members: readonly PathNode[],
  series: HeapSeries,
  timeline: Timeline,
  served: LoadFacts['served'],
  placeOf: PlaceOf,
): Growth {
  const { node, tracks } = site
  const [lead] = tracks
  const requests = sumOf(roundsOf(timeline))
  const grown = grownTypes(site, members, series, timeline, placeOf)
  const none = gains(lead.values.sum, timeline).map(() => 0)
  const objects = grown.map(({ objects }) => objects).reduce(addUp, none)
  const bytes = sumOf(grown.flatMap(({ bytes }) => bytes))
  const { sum: entryCount, byWorker: entriesByWorker } = valuesOf(node, 'entries', series)
  const entries = gains(entryCount, timeline)
  const types = grown.map(({ type }) => type)
  const onlyKeys = isOnlyKeys(node, members, types, series, timeline)
  const path = onlyKeys ? [...pathOf(node.parent!), '.<keys>'] : pathOf(node)
  const bound = lead.values.bound
  const lines = isGrowth(lead.finding.class) ? mayAdd(node, placeOf) : []
  const [rounds, unit] = isMoving(objects)
    ? [objects, objectsByWorker(types, members, series)]
    : isMoving(entries)
      ? [entries, entriesByWorker]
      : [gains(lead.values.sum, timeline), lead.values.byWorker]
  return {
    class: lead.finding.class,
    vm: site.vm.label,
    path: printPath(path),
    ...findSource(node, series, plannedSpan(timeline), placeOf),
    workers: workerShares(series.workers, { lead: lead.values.byWorker, unit }, served, timeline),
    coveredBy: null,
    rounds,
    objectsPerRequest: perRequest(sumOf(objects), requests),
    bytesPerRequest: perRequest(bytes, requests),
    entriesPerRequest: perRequest(sumOf(entries), requests),
    ...slotsOf(site, series, timeline),
    types: Object.fromEntries(grown.map(({ type, growth }) => [type, growth])),
    elements: elementsOf(node, series, plannedSpan(timeline)),
    why: lead.finding.why,
    ...(lead.finding.perSecond !== undefined && { perSecond: lead.finding.perSecond }),
    ...(lines.length > 0 && { mayBeAddedAt: lines }),
    ...(node.parent?.weak && { weak: node.parent.weak }),
    ...(bound ? { bound: { items: bound.items.at(-1)!, max: bound.max } } : {}),
  }
}

/** What the requests of each such round gain here, in the unit of the growth's rounds. */
function groupRounds(
  { node, tracks: [lead] }: Site,
  { types, entriesPerRequest }: Growth,
  members: readonly PathNode[],
  series: HeapSeries,
  solo: readonly SoloRound[],
): readonly GroupRound[] {
  const grown = (Object.keys(types) as TypeName[]).filter((type) => types[type]!.objects !== 0)
  const valueAt = (moment: number): number => {
    if (grown.length > 0) return sumOf(grown.map((type) => tally(type, 0, members, series)[moment]!))
    return amountOf(node, entriesPerRequest !== 0 ? 'entries' : lead.metric, series, moment)
  }
  return solo.map(({ requests, completed, from, to }) => ({
    requests,
    rate: perRequest(valueAt(to) - valueAt(from), completed),
  }))
}

/** Whether all that grew are keys: their values are numbers, booleans or kept elsewhere. */
function isOnlyKeys(
  node: PathNode,
  members: readonly PathNode[],
  types: readonly TypeName[],
  series: HeapSeries,
  timeline: Timeline,
): boolean {
  if (types.length === 0 || !isManyKeys(node.step)) return false
  const keys = node.parent?.children.get('.<keys>')
  if (!keys || !members.includes(keys)) return false
  const values = members.filter((member) => !isBelow(member, keys))
  return types.every((type) => !isCandidate(tally(type, 0, values, series), timeline))
}

function isBelow(node: PathNode, above: PathNode): boolean {
  for (let at: PathNode | null = node; at; at = at.parent) if (at === above) return true
  return false
}

function isMoving(rounds: readonly number[]): boolean {
  return rounds.some((gain) => gain !== 0)
}

function objectsByWorker(
  types: readonly TypeName[],
  members: readonly PathNode[],
  series: HeapSeries,
): readonly (readonly number[])[] {
  return series.workers.map((_pid, worker) =>
    types.map((type) => tally(type, 0, members, series, worker)).reduce(addUp, new Array<number>(series.taken).fill(0)),
  )
}

function addUp(totals: readonly number[], more: readonly number[]): number[] {
  return totals.map((value, index) => value + more[index]!)
}
