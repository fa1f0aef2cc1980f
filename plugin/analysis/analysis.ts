import { classAsContainers } from '../heap/growth/container-class.js'
import { type Track, tracksOf } from '../heap/growth/diff.js'
import { growthsOf, type SoloRound } from '../heap/growth/growth.js'
import { type Classified, isGrowth, topmostSites } from '../heap/growth/sites.js'
import { ownLimit } from '../heap/own-limits.js'
import { alignSeries, type HeapSeries } from '../heap/series.js'
import { nameOf } from '../load/plan/request.js'
import { type ProcessFindings, processGrowths, processNeedsConfirming } from '../process/growth.js'
import { hiddenBySawtooth } from '../process/hidden.js'
import type { Growth } from '../types/growth.js'
import type { Moment } from '../types/moment.js'
import type { Snapshot } from '../types/snapshot.js'
import { isCandidate } from '../verdict/candidate.js'
import { classify, type Finding } from '../verdict/classify.js'
import { contentsOf } from '../verdict/contents.js'
import { classifyMoved, classifySlots } from '../verdict/moved.js'
import { servedInRounds } from '../verdict/served.js'
import { roundsOfKind, type Timeline } from '../verdict/timeline.js'
import { judgedMoments, type Measurement, seenMoments, timelineOf, unitsOf } from './measurement.js'

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

/** Whether anything grew so that only more load can tell what it is. */
export function needsConfirming(measurement: Measurement): boolean {
  const timeline = timelineOf(measurement)
  const moments = seenMoments(measurement)
  const columns = [moments.map(({ snapshots }) => snapshots), ...othersOf(measurement, moments)]
  const all = columns.map((snapshots) => alignSeries(snapshots))
  for (const series of all) {
    for (const track of tracksOf(series)) {
      const judged = judgedValues(track, timeline)
      if (judged && isCandidate(judged.sum, timeline)) return true
    }
  }
  return processNeedsConfirming(columns[0]!, all[0]!, timeline)
}

/** Classes of all that moved, and the growths that explain it. */
export function analyse(measurement: Measurement): Analysis {
  const timeline = timelineOf(measurement)
  const moments = seenMoments(measurement)
  const judged = judgedMoments(measurement)
  const snapshots = moments.map((moment) => moment.snapshots)
  const ofJudged = snapshots.slice(0, judged.length)
  const { per } = measurement.plan
  const facts = {
    served: per === 'request' ? servedInRounds(ofJudged, timeline) : null,
    requests: measurement.plan.requests.map(nameOf),
    solo: soloRounds(measurement, moments),
  }
  const series = alignSeries(snapshots, judged.length)
  const workers = heapGrowths(series, timeline, facts)
  const others = othersOf(measurement, moments).map((columns, index) => {
    const { growths, findings } = heapGrowths(alignSeries(columns, judged.length), timeline, {
      served: null,
      requests: [],
      solo: [],
    })
    const process = measurement.others[index]!.title
    return { findings, growths: growths.map((growth): Growth => ({ ...growth, process })) }
  })
  const all = [workers, ...others]
  const counted = <T extends object>(growth: T): T => (per === 'request' ? growth : { ...growth, per })
  const growths = all.flatMap((each) => each.growths).map(counted)
  const hidden = hiddenBySawtooth(ofJudged, timeline, per)
  const process = processGrowths(ofJudged, timeline, series, workers.tracks, facts.served)
  return {
    measurement,
    series,
    timeline,
    growths: growths.filter((growth) => isGrowth(growth.class)),
    moved: growths.filter((growth) => !isGrowth(growth.class)),
    process: {
      ...process,
      ...(hidden !== undefined && { notices: [...(process.notices ?? []), hidden] }),
      growths: process.growths.map(counted),
      moved: process.moved.map(counted),
    },
    unattributed: workers.unattributed,
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
  const classified = classAsContainers(tracks, timeline)
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

/** Snapshots of each process beside the workers, a series each. Those that were not there at every moment have none. */
function othersOf({ others }: Measurement, moments: readonly Moment[]): (readonly Snapshot[])[][] {
  return others.map((_, index) => moments.map((moment) => moment.others.slice(index, index + 1)))
}

/** Each begins where the one before it ended. */
function soloRounds(measurement: Measurement, moments: readonly Moment[]): SoloRound[] {
  return moments.flatMap((moment, to) => {
    const requests = moment.requests ?? (moment.request === undefined ? [] : [moment.request])
    if (moment.kind !== 'solo' || requests.length === 0) return []
    return [{ requests, completed: unitsOf(measurement, moment, moments[to - 1]), from: to - 1, to }]
  })
}
