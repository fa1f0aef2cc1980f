import type { Growth, TypeGrowth } from '../../types/growth.js'
import type { TypeName } from '../../types/snapshot.js'
import { isCandidate } from '../../verdict/candidate.js'
import {
  gainNumbers as gains,
  IDLE,
  lastPlanned,
  roundsOf,
  roundsOfKind,
  type Timeline,
} from '../../verdict/timeline.js'
import { workerShares } from '../../verdict/worker-shares.js'
import { type Attribution, attribute, type GroupRound } from '../attribution.js'
import { type Holding, holds, type PathNode, pathOf } from '../node.js'
import { DEFINED, gainedDefinitions, type Span } from '../owner/gained-definitions.js'
import { fileOf, moduleFunction } from '../owner/module-file.js'
import { ownerOf, threadBody } from '../owner/owner.js'
import { type PlaceOf, placesIn } from '../owner/place.js'
import { isManyKeys, printPath } from '../path.js'
import type { HeapSeries } from '../series.js'
import { addKinds, type CdataKinds, gainedKinds } from '../source/cdata.js'
import { amountOf, valuesOf } from './diff.js'
import { type Classified, ownersOf, type Site } from './sites.js'
import { slotsOf } from './slots.js'

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

/** Tells each site with all that belongs to it, largest first. Nothing is covered yet. */
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
    for (const [node, site] of ownersOf(vm, sites, 2 * series.workers.length)) {
      const nodes = members.get(site)
      if (nodes) nodes.push(node)
      else members.set(site, [node])
    }
    for (const [site, nodes] of members) {
      const growth = tell(site, nodes, series, timeline, served, placeOf)
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
  return slots.bytes + Object.values(types).reduce((sum, { bytes }) => sum + bytes, 0)
}

function tell(
  site: Site,
  members: readonly PathNode[],
  series: HeapSeries,
  timeline: Timeline,
  served: LoadFacts['served'],
  placeOf: PlaceOf,
): Growth {
  const { node, tracks } = site
  const [lead] = tracks
  const requests = sum(roundsOf(timeline))
  const byObjects = TYPES.flatMap((type) => {
    const found = typeGrowth(type, members, lead, series, timeline, placeOf)
    return found ? [{ type, ...found }] : []
  })
  const grown = lead.metric === 'payload' && !holds(node, 'string') ? [contentsGrowth(site, timeline)] : byObjects
  const none = gains(lead.values.sum, timeline).map(() => 0)
  const objects = grown.map(({ objects }) => objects).reduce(addUp, none)
  const bytes = sum(grown.flatMap(({ bytes }) => bytes))
  const { sum: entryCount, byWorker: entriesByWorker } = valuesOf(node, 'entries', series)
  const entries = gains(entryCount, timeline)
  const types = grown.map(({ type }) => type)
  const onlyKeys = isOnlyKeys(node, members, types, series, timeline)
  const path = onlyKeys ? [...pathOf(node.parent!), '.<keys>'] : pathOf(node)
  const bound = lead.values.bound
  const [rounds, unit] = isMoving(objects)
    ? [objects, objectsByWorker(types, members, series)]
    : isMoving(entries)
      ? [entries, entriesByWorker]
      : [gains(lead.values.sum, timeline), lead.values.byWorker]
  return {
    class: lead.finding.class,
    vm: site.vm.label,
    path: printPath(path),
    ...sourceOf(node, series, spanOf(timeline), placeOf),
    workers: workerShares(series.workers, { lead: lead.values.byWorker, unit }, served, timeline),
    coveredBy: null,
    rounds,
    objectsPerRequest: perRequest(sum(objects), requests),
    bytesPerRequest: perRequest(bytes, requests),
    entriesPerRequest: perRequest(sum(entries), requests),
    ...slotsOf(site, series, timeline),
    types: Object.fromEntries(grown.map(({ type, growth }) => [type, growth])),
    elements: elementsOf(node, series, spanOf(timeline)),
    why: lead.finding.why,
    ...(lead.finding.perSecond !== undefined && { perSecond: lead.finding.perSecond }),
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
    if (grown.length > 0) return sum(grown.map((type) => tallies(type, 0, members, series)[moment]!))
    return amountOf(node, entriesPerRequest !== 0 ? 'entries' : lead.metric, series, moment)
  }
  return solo.map(({ requests, completed, from, to }) => ({
    requests,
    rate: perRequest(valueAt(to) - valueAt(from), completed),
  }))
}

const TYPES: readonly TypeName[] = ['string', 'table', 'function', 'upvalue', 'thread', 'proto', 'cdata', 'userdata']

interface GrownType {
  /** Gains by round. */
  readonly objects: readonly number[]
  readonly bytes: readonly number[]
  readonly growth: TypeGrowth
}

/** What is told without being judged need only have more at the end of the planned rounds. */
function isTold(found: Growth['class']): boolean {
  return found === 'one-off' || found === 'plateau' || found === 'sawtooth'
}

function roseIn(values: readonly number[], timeline: Timeline): boolean {
  return values[lastPlanned(timeline)]! > values[IDLE]!
}

/** A type of a growth, if it grew: in number, or, where only contents grow, in bytes. */
function typeGrowth(
  type: TypeName,
  members: readonly PathNode[],
  { metric, finding }: Classified,
  series: HeapSeries,
  timeline: Timeline,
  placeOf: PlaceOf,
): GrownType | undefined {
  const [objects, bytes] = [0, 1].map((part) => tallies(type, part as 0 | 1, members, series)) as [number[], number[]]
  const lead = metric === 'payload' ? bytes : objects
  if (!isCandidate(lead, timeline) && !(isTold(finding.class) && roseIn(lead, timeline))) return undefined
  const rounds = { objects: gains(objects, timeline), bytes: gains(bytes, timeline) }
  const planned = roundsOfKind(timeline, 'planned').length
  const requests = sum(roundsOf(timeline))
  return {
    ...rounds,
    growth: {
      objects: sum(rounds.objects.slice(0, planned)),
      bytes: sum(rounds.bytes.slice(0, planned)),
      objectsPerRequest: perRequest(sum(rounds.objects), requests),
      bytesPerRequest: perRequest(sum(rounds.bytes), requests),
      ...(type === 'cdata' && toldKinds(members, series, planned)),
      ...toldDefinitions(type, members, series, timeline, placeOf),
    },
  }
}

/** Contents that are no part of their object: a string.buffer's, whose bytes are what was added rather than what it has allocated. */
function contentsGrowth({ node, tracks: [lead] }: Site, timeline: Timeline): GrownType & { readonly type: TypeName } {
  const bytes = gains(lead.values.sum, timeline)
  const planned = roundsOfKind(timeline, 'planned').length
  const growth = {
    objects: 0,
    bytes: sum(bytes.slice(0, planned)),
    objectsPerRequest: 0,
    bytesPerRequest: perRequest(sum(bytes), sum(roundsOf(timeline))),
  }
  const type = (['userdata', 'cdata'] as const).find((type) => holds(node, type)) ?? 'userdata'
  return { type, objects: bytes.map(() => 0), bytes, growth }
}

function toldKinds(members: readonly PathNode[], { workers }: HeapSeries, planned: number): Pick<TypeGrowth, 'ctypes'> {
  const gained: CdataKinds = new Map()
  for (const { columns } of members) {
    for (const [moment, sign] of [[1, -1] as const, [1 + planned, 1] as const]) {
      for (let worker = 0; worker < workers.length; worker++) {
        const kinds = columns[moment * workers.length + worker]?.cdata
        if (kinds) addKinds(gained, kinds, sign)
      }
    }
  }
  const ctypes = gainedKinds(gained)
  return ctypes.length > 0 ? { ctypes } : {}
}

function toldDefinitions(
  type: TypeName,
  members: readonly PathNode[],
  series: HeapSeries,
  timeline: Timeline,
  placeOf: PlaceOf,
): Pick<TypeGrowth, 'definedAt'> {
  if (!DEFINED.includes(type)) return {}
  const gained = gainedDefinitions(members, series, spanOf(timeline), type)
  if (gained.length === 0) return {}
  return { definedAt: gained.map(([source, objects]) => ({ ...placeOf(source), objects })) }
}

function elementsOf(node: PathNode, { workers }: HeapSeries, { from, to }: Span): NonNullable<Growth['elements']> {
  const at = (moment: number) => {
    const holdings = node.columns.slice(moment * workers.length, (moment + 1) * workers.length)
    return (pick: (holding: Holding) => number) => sum(holdings.map((holding) => (holding ? pick(holding) : 0)))
  }
  const [before, after] = [at(from), at(to)]
  const gainOf = (pick: (holding: Holding) => number) => after(pick) - before(pick)
  const gained = [
    ...TYPES.map((type) => [type, gainOf(({ objects }) => objects.get(type)?.[0] ?? 0)] as const),
    ['metatable', gainOf(({ metatables }) => metatables)] as const,
  ]
  return Object.fromEntries(gained.filter(([, objects]) => objects > 0))
}

/** The planned rounds. */
function spanOf(timeline: Timeline): Span {
  return { from: IDLE, to: lastPlanned(timeline) }
}

/** Objects (part 0) or bytes (part 1) of one type by moment, over all members and all workers, or one of them. */
function tallies(
  type: TypeName,
  part: 0 | 1,
  members: readonly PathNode[],
  series: HeapSeries,
  worker?: number,
): number[] {
  const byMoment = new Array<number>(series.taken).fill(0)
  for (const { columns } of members) {
    for (const [column, holding] of columns.entries()) {
      if (worker !== undefined && column % series.workers.length !== worker) continue
      byMoment[Math.floor(column / series.workers.length)]! += holding?.objects.get(type)?.[part] ?? 0
    }
  }
  return byMoment
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
  return types.every((type) => !isCandidate(tallies(type, 0, values, series), timeline))
}

function isBelow(node: PathNode, above: PathNode): boolean {
  for (let at: PathNode | null = node; at; at = at.parent) if (at === above) return true
  return false
}

/** The code that owns what grows; where none is known, the module's file; a coroutine that nothing else explains tells its own body. */
export function sourceOf(
  node: PathNode,
  series: HeapSeries,
  span: Span,
  placeOf: PlaceOf,
): Pick<Growth, 'source' | 'file' | 'line' | 'shortFile' | 'moduleFile'> {
  const owner = ownerOf(node, series, span)
  if (owner) return placeOf(owner)
  const module = moduleFunction(node)
  if (module) return { ...placeOf(module), source: null, line: null, moduleFile: fileOf(module) }
  const body = threadBody(node, series, span)
  return body ? placeOf(body) : { source: null, file: null, line: null }
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
    types
      .map((type) => tallies(type, 0, members, series, worker))
      .reduce(addUp, new Array<number>(series.taken).fill(0)),
  )
}

function addUp(totals: readonly number[], more: readonly number[]): number[] {
  return totals.map((value, index) => value + more[index]!)
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, value) => total + value, 0)
}

/** Four digits after the first: exact enough to compare, short enough to read. */
function perRequest(amount: number, requests: number): number {
  return requests > 0 ? Number((amount / requests).toPrecision(5)) : 0
}
