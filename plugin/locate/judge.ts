import { plural, rate } from '../base/number.js'
import { sumBy, sumOf } from '../base/sum.js'
import { linePlace } from '../heap/owner/line-place.js'
import type { PlaceOf } from '../heap/owner/place.js'
import { placeWords } from '../heap/owner/place-words.js'
import { shortSource } from '../heap/source/short-source.js'
import { readSource } from '../heap/source/source.js'
import { watchedNoun } from '../load/watched-noun.js'
import type { AddedAt, Located } from '../types/added.js'
import type { GrowthUnit } from '../types/growth.js'
import type { Credit, Total } from './records.js'

/** What was seen of one target while requests ran, all processes together. */
export interface Sighting {
  readonly credits: readonly Credit[]
  readonly total: Total
  /** Requests that were completed meanwhile. */
  readonly requests: number
  /** As many of what growth is counted by as these stand for. */
  readonly units: number
  /** Those of a plan of several that were sent, where they were not all. */
  readonly names?: readonly string[] | undefined
  readonly seconds: number
}

/** What was seen of all targets. */
export interface Sightings {
  /** @param id  of a target */
  sightingOf(id: number): Sighting
  /** Why a target could not be watched, in a sentence. */
  readonly faults: ReadonlyMap<number, string>
}

/** What the measurement says. */
export interface Measured {
  /** What a request adds, in the unit of the credits; 0 where that is not known, or goes by the clock. */
  readonly perRequest: number
  /** Of class clock: what a second adds. */
  readonly perSecond?: number
  /** Whether nginx takes and frees of the same while the lines run, as of malloc: then a line is named only if it explains the growth. */
  readonly isShared?: boolean
  /** What `perRequest` counts by. */
  readonly per: GrowthUnit
  /** `entry` and `entries`, ... */
  readonly noun: readonly [one: string, many: string]
}

const MOST_LINES = 5
/** A line with less of what was added than this is no part of the leak: module code that ran once, a cache that filled. */
const LEAST_SHARE = 0.05
/** What was credited explains the growth if it is this much of it; a few requests show a rate only roughly. */
const ENOUGH = 0.7
/** What comes in every other request at least is not rare: where so few were watched that none came, these were slow. */
const OFTEN = 0.5
/** Share by which bytes of malloc may differ from what was measured. */
const NEAR = 0.1
/** Lua files in which ngx_lua and its core library have their own API: whoever calls them adds. */
const API = /(?:^|\/)(?:resty\/core|ngx)\/[^/]+\.lua:\d+$/
/** What the watcher calls what nginx itself has made. */
const NGINX = 'nginx'

/** The lines that add, with what they explain of the growth. */
export function judge(
  { credits, total, requests, units, names, seconds }: Sighting,
  measured: Measured,
  placeOf: PlaceOf,
): Located {
  const all = byLine(credits.filter(({ place, amount }) => place !== NGINX && amount !== 0)).filter(
    ({ amount }) => amount > 0,
  )
  const lines = measured.isShared ? explaining(all, measured.perRequest * units) : all
  const made = sumOf(credits.filter(({ place }) => place === NGINX).map(({ amount }) => amount))
  const credited = sumBy(lines, ({ amount }) => amount)
  const per = ({ amount }: Credit): Pick<AddedAt, 'perRequest' | 'perSecond'> => ({
    perRequest: round(amount / Math.max(1, units)),
    ...(measured.perSecond !== undefined && { perSecond: round(amount / seconds) }),
  })
  const addedAt = lines
    .filter(({ amount }) => amount >= LEAST_SHARE * credited)
    .slice(0, MOST_LINES)
    .map((credit): AddedAt => {
      const { name, stack } = credit
      return {
        ...linePlace(readSource(credit.place), placeOf),
        function: name === '' ? null : name,
        ...per(credit),
        requests: Math.min(credit.requests, requests),
        watched: requests,
        ...(names && { watchedRequests: names }),
        stack: stack.map((place) => shortSource(place) ?? place),
        ...(stack[0] !== undefined && { calledFrom: placeWords(linePlace(readSource(stack[0]), placeOf)) }),
      }
    })
  const why = whyNot(credited, { made, total, requests, units, seconds }, measured)
  return { addedAt, ...(why !== undefined && { addedAtWhy: why }) }
}

function whyNot(
  credited: number,
  {
    made,
    total,
    requests,
    units,
    seconds,
  }: Pick<Sighting, 'total' | 'requests' | 'units' | 'seconds'> & { readonly made: number },
  measured: Measured,
): string | undefined {
  const { perRequest, perSecond, noun, per } = measured
  const expected = perSecond === undefined ? perRequest * units : perSecond * seconds
  // Of so few, two standard deviations fewer may come.
  if (credited > 0 && credited >= ENOUGH * (expected - 2 * Math.sqrt(expected))) return undefined
  const watched = `${plural(requests, watchedNoun(per))} that ${requests === 1 ? 'was' : 'were'} watched`
  if (made > credited) return `nginx itself made ${plural(made, ...noun)} in the ${watched}, and no line of Lua`
  if (credited > 0 && perSecond !== undefined)
    return `these lines added ${rate(credited / seconds)} each second, of ${rate(perSecond)} that were measured`
  if (credited > 0) {
    return `these lines added ${rate(credited / units)} in each of ${plural(round(units), per)}, of ${rate(perRequest)} that were measured`
  }
  if (total.unplaced > 0) return `${noun[1]} came in the ${watched}, too few times to tell the line`
  if (measured.isShared && total.gained > 0)
    return 'no line alone takes as much as was measured, and nginx frees some of what lines take'
  if (total.gained > 0) return `what came in the ${watched} was taken out again`
  if (expected < 3 && perSecond !== undefined)
    return `nothing came in the ${watched}: it comes by the clock, and they took ${rate(seconds)} s`
  if (expected < 3 && perRequest >= OFTEN) return `nothing came in the ${watched}: there was time for no more`
  if (expected < 3 && perRequest > 0)
    return `nothing came in the ${watched}: it comes once in some ${Math.round(1 / perRequest)} ${per}s`
  return `nothing came in the ${watched}`
}

/** What nginx takes in a line it frees when the request ends: the lines are told that together are as much as was measured, or one that is. */
function explaining(lines: readonly Credit[], expected: number): readonly Credit[] {
  const isNear = (amount: number) => Math.abs(amount - expected) <= NEAR * expected
  const alone = lines.filter(({ amount }) => isNear(amount))
  if (alone.length === 1) return alone
  return isNear(sumBy(lines, ({ amount }) => amount)) ? lines : []
}

/** One line may be reported with several callers, by several workers. */
function byLine(credits: readonly Credit[]): Credit[] {
  const lines = new Map<string, Credit>()
  for (const credit of credits.map(ofUser)) {
    const known = lines.get(credit.place)
    lines.set(
      credit.place,
      known ? { ...known, amount: known.amount + credit.amount, requests: known.requests + credit.requests } : credit,
    )
  }
  return [...lines.values()].sort((one, other) => other.amount - one.amount || (one.place < other.place ? -1 : 1))
}

/** What nginx's own API adds, its caller adds. */
function ofUser(credit: Credit): Credit {
  if (!API.test(credit.place)) return credit
  const at = credit.stack.findIndex((place) => !API.test(place))
  return at < 0 ? credit : { ...credit, place: credit.stack[at]!, name: '', stack: credit.stack.slice(at + 1) }
}

function round(value: number): number {
  return Number(value.toPrecision(4))
}
