import { sumOf } from '../base/sum.js'
import { bytesUntilCollected } from '../heap/collection.js'
import { containerOfPath } from '../heap/growth/container-class.js'
import { boundOf } from '../heap/growth/diff.js'
import type { Classified } from '../heap/growth/sites.js'
import { findSource } from '../heap/owner/find-source.js'
import { placesIn } from '../heap/owner/place.js'
import type { HeapSeries } from '../heap/series.js'
import type { ProcessGrowth } from '../types/report.js'
import type { Snapshot } from '../types/snapshot.js'
import { isCandidate } from '../verdict/candidate.js'
import { classify } from '../verdict/classify.js'
import type { Finding } from '../verdict/finding.js'
import {
  gainNumbers,
  IDLE,
  lastPlanned,
  plannedSpan,
  roundsOf,
  roundsOfKind,
  screeningRounds,
  type Timeline,
} from '../verdict/timeline.js'
import { workerShares } from '../verdict/worker-shares.js'
import { type GarbageKind, garbageKinds, type HolderTrack, holderTracks } from './holders.js'
import { lostBlocks } from './lost-blocks.js'
import { mallocObject } from './malloc-object.js'
import { boundOutOfReach, type ItemBound, itemBoundWords } from './room.js'
import { byClock, inUnits, LEAST_BYTES, mustGainMore, UNIT } from './units.js'

type Moments = readonly (readonly Snapshot[])[]

export interface MallocFindings {
  readonly growths: readonly ProcessGrowth[]
  /** One of the growths is a leak on so few blocks that further rounds would tell more. */
  readonly thin: boolean
}

/**
 * malloc by who holds it. What nothing points at is judged by itself, by blocks; what hangs on a Lua path has the class of what holds it there;
 * what unreachable objects with finalizers hold is garbage, and goes with the next collection; what nginx holds is judged by its bytes.
 * @param tracks all that moved on the heap, with its classes
 * @param served requests of each worker over all rounds; null where they are not known
 * @returns undefined where the snapshots do not tell who holds what, such as with jemalloc
 */
export function mallocGrowths(
  moments: Moments,
  series: HeapSeries,
  timeline: Timeline,
  tracks: readonly Classified[],
  served: readonly number[] | null = null,
): MallocFindings | undefined {
  const holders = holderTracks(moments, series)
  if (!holders) return undefined
  const placeOf = placesIn(series)
  const found = holders.flatMap((holder) => {
    const finding = findingOf(holder, { moments, series, timeline, tracks })
    return finding ? [{ holder, finding }] : []
  })
  return {
    growths: found.map(({ holder, finding }) => ({
      ...describeGrowth(holder, finding, moments, timeline),
      ...(finding.itemBound && { bound: finding.itemBound }),
      ...(holder.node && findSource(holder.node, series, plannedSpan(timeline), placeOf)),
      workers: workerShares(
        series.workers,
        { lead: holder.bytes.byWorker, unit: holder.bytes.byWorker },
        served,
        timeline,
      ),
    })),
    thin: found.some(({ finding }) => finding.thin === true),
  }
}

/** Whether any holder gained so that only more load can tell what it is; undefined where holders are not known. */
export function mallocNeedsConfirming(moments: Moments, series: HeapSeries, timeline: Timeline): boolean | undefined {
  return holderTracks(moments, series)?.some((holder) => {
    if (holder.kind === 'stack' || holder.kind === 'garbage') return false
    return grew(holder, timeline)
  })
}

interface Scene {
  readonly moments: Moments
  readonly series: HeapSeries
  readonly timeline: Timeline
  readonly tracks: readonly Classified[]
}

/** A lost block can be nothing but a leak, so that a few of them count; what is held comes and goes in pieces of all sizes. */
function grew({ kind, blocks, bytes }: HolderTrack, timeline: Timeline): boolean {
  if (kind === 'lost') return isCandidate(blocks.sum, timeline)
  const gained = bytes.sum[lastPlanned(timeline)]! - bytes.sum[IDLE]!
  return gained >= LEAST_BYTES && isCandidate(inUnits(bytes).sum, timeline)
}

/** With the bound that the growth is a leak in spite of. */
interface MallocFinding extends Finding {
  readonly itemBound?: ItemBound
}

function findingOf(holder: HolderTrack, scene: Scene): MallocFinding | undefined {
  const { moments, timeline } = scene
  if (holder.kind === 'stack' || !grew(holder, timeline)) return undefined
  switch (holder.kind) {
    case 'garbage':
      return garbageFinding(moments.at(-1)!)
    case 'lost':
      return classify(holder.blocks, timeline)
    case 'path':
      return pathFinding(holder, scene)
    default:
      return enough(classify(inUnits(holder.bytes), timeline), holder, timeline)
  }
}

/** What objects hold does what they do, unless the number of their bound says nothing of memory. */
function pathFinding(holder: HolderTrack, { series, timeline, tracks }: Scene): MallocFinding {
  const bytes = inUnits(holder.bytes)
  const bound = boundOf(holder.node!, series)
  const itemBound = bound && boundOutOfReach(holder.bytes, bound, series.workers.length, timeline)
  if (itemBound) {
    const unbounded = enough(classify(bytes, timeline), holder, timeline)
    if (unbounded.class === 'leak') return { ...unbounded, why: itemBoundWords(itemBound), itemBound }
  }
  const own = classify({ ...bytes, ...(bound && { bound }) }, timeline)
  const held = containerOfPath(holder.node!, holder.bytes.sum, tracks, timeline)
  return held && own.class !== 'bounded' ? held.finding : enough(own, holder, timeline)
}

/** Garbage goes with the next collection, unless the program has stopped the collector or allocates faster than it works. */
function garbageFinding(moment: readonly Snapshot[]): Finding {
  const waits = moment.flatMap(({ vms }) => vms).map((vm) => bytesUntilCollected(vm))
  if (waits.some((bytes) => bytes === Number.POSITIVE_INFINITY)) {
    return {
      class: 'slowing',
      why: 'unreachable objects with finalizers hold it, and no collection is to come: the collector is stopped',
    }
  }
  return { class: 'sawtooth', why: 'unreachable objects with finalizers hold it until the next collection' }
}

/** What gains less than an allocator's business once it is to be confirmed has levelled off. */
function enough(found: Finding, { bytes }: HolderTrack, timeline: Timeline): Finding {
  if (!mustGainMore(found, timeline)) return found
  const confirmed = sumOf(gainNumbers(bytes.sum, timeline).slice(screeningRounds(timeline)))
  return confirmed >= LEAST_BYTES ? found : { class: 'plateau', why: `${confirmed} bytes in the confirming rounds` }
}

function describeGrowth(holder: HolderTrack, found: Finding, moments: Moments, timeline: Timeline): ProcessGrowth {
  const rounds = gainNumbers(holder.bytes.sum, timeline)
  const blocks = gainNumbers(holder.blocks.sum, timeline)
  const planned = roundsOfKind(timeline, 'planned').length
  const units = sumOf(roundsOf(timeline))
  const rate = (gained: number) => (units > 0 ? Number((gained / units).toPrecision(5)) : 0)
  const lost = holder.kind === 'lost' ? lostBlocks(moments[IDLE]!, moments.at(-1)!) : undefined
  return {
    class: found.class,
    category: 'malloc',
    holder: holder.holder,
    ...(holder.vm !== undefined && { vm: holder.vm }),
    ...mallocObject(holder, kindsOf(holder, moments), timeline),
    ...(lost && { lost }),
    bytes: sumOf(rounds.slice(0, planned)),
    bytesPerRequest: rate(sumOf(rounds)),
    blocks: sumOf(blocks.slice(0, planned)),
    objectsPerRequest: rate(sumOf(blocks)),
    rounds,
    coveredBy: null,
    // what is lost was judged by blocks, all else by UNITs of bytes
    ...byClock(found, holder.kind === 'lost' ? sumOf(rounds) / Math.max(1, sumOf(blocks)) : UNIT),
  }
}

/** The unreachable objects that hold what garbage holds, or are about to lose what is lost; over all moments, so that no single one decides. */
function kindsOf({ kind }: HolderTrack, moments: Moments): readonly GarbageKind[] {
  if (kind !== 'lost' && kind !== 'garbage') return []
  return garbageKinds(moments.flat(), kind === 'garbage')
}
