import { classAsContainers } from '../heap/growth/container-class.js'
import { type Track, tracksOf, valuesOf } from '../heap/growth/diff.js'
import { growthsOf, type SoloRound } from '../heap/growth/growth.js'
import { type Classified, isGrowth, topmostSites } from '../heap/growth/sites.js'
import { ownLimit } from '../heap/own-limits.js'
import type { HeapSeries } from '../heap/series.js'
import { nameOf } from '../load/plan/request.js'
import { withByRequest } from '../process/by-request.js'
import { type ProcessFindings, processGrowths, processNeedsConfirming } from '../process/growth.js'
import { hiddenBySawtooth } from '../process/hidden.js'
import type { Growth } from '../types/growth.js'
import type { Moment } from '../types/moment.js'
import type { Snapshot } from '../types/snapshot.js'
import { isCandidate } from '../verdict/candidate.js'
import { classify } from '../verdict/classify.js'
import { contentsOf } from '../verdict/contents.js'
import type { Finding } from '../verdict/finding.js'
import { classifyMoved, classifySlots } from '../verdict/moved.js'
import { servedInRounds } from '../verdict/served.js'
import { roundsOfKind, type Timeline } from '../verdict/timeline.js'
import { judgedMoments, type Measurement, seenMoments, timelineOf, unitsOf } from './measurement.js'
import { RunHeaps } from './run-heaps.js'

/** What the measurement says about each path; nothing is covered yet. */
export interface Analysis {
  readonly measurement: Measurement
  readonly series: HeapSeries
  readonly timeline: Timeline
  readonly growths: readonly Growth[]
  readonly moved: readonly Growth[]
  /** What grew off the Lua heap. */
  readonly process: ProcessFindings
  /** Whether further rounds would tell more: something slows down, or leaks on few gains. */
  readonly unsettled: boolean
  /** Requests that have to be sent alone, group by group, to tell more of which of them a leak comes from. */
  readonly unattributed: readonly (readonly string[])[]
}

/**
 * Whether anything grew so that only more load can tell what it is.
 * @param heaps of the same run; default: it is aligned from scratch
 */
export function needsConfirming(measurement: Measurement, heaps = new RunHeaps()): boolean {
  const timeline = timelineOf(measurement)
  const { workers, others } = heaps.align(measurement)
  for (const series of [workers, ...others]) {
    for (const track of tracksOf(series)) {
      const judged = judgedValues(track, timeline)
      if (judged && isCandidate(judged.sum, timeline)) return true
    }
  }
  return processNeedsConfirming(judgedSnapshots(measurement), workers, timeline)
}

/**
 * Classes of all that moved, and the growths that explain it.
 * @param heaps of the same run; default: it is aligned from scratch
 */
export function analyse(measurement: Measurement, heaps = new RunHeaps()): Analysis {
  const timeline = timelineOf(measurement)
  const moments = seenMoments(measurement)
  const ofJudged = judgedSnapshots(measurement)
  const { per } = measurement.plan
  const facts = {
    served: per === 'request' ? servedInRounds(ofJudged, timeline) : null,
    requests: measurement.plan.requests.map(nameOf),
    solo: soloRounds(measurement, moments),
  }
  const { workers: series, others: ofOthers } = heaps.align(measurement)
  const workers = heapGrowths(series, timeline, facts)
  const others = ofOthers.map((each, index) => {
    const { growths, findings } = heapGrowths(each, timeline, { served: null, requests: [], solo: [] })
    const process = measurement.others[index]!.title
    return { findings, growths: growths.map((growth): Growth => ({ ...growth, process })) }
  })
  const all = [workers, ...others]
  const counted = <T extends object>(growth: T): T => (per === 'request' ? growth : { ...growth, per })
  const growths = all.flatMap((each) => each.growths).map(counted)
  const hidden = hiddenBySawtooth(ofJudged, timeline, per)
  const process = processGrowths(ofJudged, timeline, series, workers.tracks, facts.served)
  const attributed = withByRequest(
    process.growths,
    moments.map(({ snapshots }) => snapshots),
    series,
    facts,
  )
  return {
    measurement,
    series,
    timeline,
    growths: growths.filter((growth) => isGrowth(growth.class)),
    moved: growths.filter((growth) => !isGrowth(growth.class)),
    process: {
      ...process,
      ...(hidden !== undefined && { notices: [...(process.notices ?? []), hidden] }),
      growths: attributed.growths.map(counted),
      moved: process.moved.map(counted),
    },
    unattributed: [...workers.unattributed, ...attributed.unattributed],
    unsettled:
      process.thin === true || [...all.flatMap(({ findings }) => findings), ...process.moved].some(isUnsettled),
  }
}

function heapGrowths(series: HeapSeries, timeline: Timeline, facts: Parameters<typeof growthsOf>[3]) {
  const tracks: Classified[] = []
  if (roundsOfKind(timeline, 'planned').length >= 2) {
    for (const track of tracksOf(series)) {
      const finding = findingOf(track, timeline)
      if (finding) tracks.push({ ...track, finding })
    }
  }
  const classified = classAsContainers(tracks, timeline, (node) => valuesOf(node, 'entries', series).sum)
  const sites = topmostSites(classified)
  const told = growthsOf(sites, series, timeline, facts)
  return {
    tracks: classified,
    findings: sites.map(({ tracks: [lead] }) => lead.finding),
    growths: told.map(({ growth }) => growth),
    unattributed: told.flatMap(({ next }) => next),
  }
}

function isUnsettled({ class: found, thin }: Pick<Finding, 'class' | 'thin'>): boolean {
  return found === 'slowing' || thin === true
}

function findingOf(track: Track, timeline: Timeline): Finding | undefined {
  if (track.metric === 'slots') return classifySlots(track.values.sum, timeline)
  const judged = judgedValues(track, timeline)
  if (judged && isCandidate(judged.sum, timeline)) {
    const found = classify(judged, timeline)
    const limit = isGrowth(found.class) || found.class === 'slowing' ? ownLimit(track.site) : undefined
    return limit === undefined ? found : { class: 'bounded', why: limit }
  }
  return classifyMoved(track.values.sum, timeline)
}

/** Slots are capacity: it is what they hold that is judged. Contents are judged for each object that holds them. */
function judgedValues({ metric, values, holders }: Track, timeline: Timeline): Track['values'] | undefined {
  if (metric === 'slots') return undefined
  return holders ? contentsOf(values, holders, timeline) : values
}

function judgedSnapshots(measurement: Measurement): (readonly Snapshot[])[] {
  return judgedMoments(measurement).map(({ snapshots }) => snapshots)
}

/** Each begins where the one before it ended. */
function soloRounds(measurement: Measurement, moments: readonly Moment[]): SoloRound[] {
  return moments.flatMap((moment, to) => {
    const requests = moment.requests ?? (moment.request === undefined ? [] : [moment.request])
    if (moment.kind !== 'solo' || requests.length === 0) return []
    return [{ requests, completed: unitsOf(measurement, moment, moments[to - 1]), from: to - 1, to }]
  })
}
