import { type Track, tracksOf } from './heap/diff.js'
import { growthsOf, type SoloRound } from './heap/growth.js'
import { classifyMoved, classifySlots } from './heap/moved.js'
import { alignSeries, type HeapSeries } from './heap/series.js'
import { servedInRounds } from './heap/served.js'
import { type Classified, isGrowth, topmostSites } from './heap/sites.js'
import type { Timeline } from './heap/timeline.js'
import { classify, type Finding, isCandidate } from './heap/verdict.js'
import { type ProcessFindings, processGrowths, processNeedsConfirming } from './process/growth.js'
import type { Growth } from './types/growth.js'
import type { LoadResult } from './types/load.js'
import type { Plan } from './types/plan.js'
import type { Runtime } from './types/runtime.js'
import type { Snapshot } from './types/snapshot.js'

/** All that was seen of one run, before anything is judged. */
export interface Measurement {
  readonly plan: Plan
  readonly runtime: Pick<Runtime, 'kind' | 'description' | 'notices' | 'doubts'>
  /** Worker pids. */
  readonly workers: readonly number[]
  /**
   * One snapshot per worker and moment: before and after idling, after each planned and confirming round, after the drain;
   * if there were further rounds, after each of them and after their drain; after each request alone.
   */
  readonly moments: readonly (readonly Snapshot[])[]
  /** Load of the planned rounds whose snapshots were taken, or that broke the run. */
  readonly planned: readonly LoadResult[]
  readonly confirm: readonly LoadResult[]
  readonly drained: boolean
  readonly further?: readonly LoadResult[]
  readonly furtherDrained?: boolean
  /** Load of each request alone, in the plan's order. */
  readonly solo?: readonly LoadResult[]
  /** Why the run cannot be believed, in sentences. */
  readonly faults: readonly string[]
  /** What nginx's error log says of a run that stands. */
  readonly note?: string | undefined
}

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
}

/** Whether any path grew so that only more load can tell what it is. */
export function needsConfirming(measurement: Measurement): boolean {
  const timeline = timelineOf(measurement)
  const series = alignSeries(measurement.moments)
  for (const track of tracksOf(series)) if (isJudged(track) && isCandidate(track.values.sum, timeline)) return true
  return processNeedsConfirming(measurement.moments, timeline)
}

/** Classes of all that moved, and the growths that explain it. */
export function analyse(measurement: Measurement): Analysis {
  const timeline = timelineOf(measurement)
  const judged = judgedMoments(measurement, timeline)
  const series = alignSeries(measurement.moments, judged)
  const tracks: Classified[] = []
  if (timeline.planned.length >= 2) {
    for (const track of tracksOf(series)) {
      const finding = findingOf(track, timeline)
      if (finding) tracks.push({ ...track, finding })
    }
  }
  const { per } = measurement.plan
  const sites = topmostSites(tracks)
  const served = per === 'request' ? servedInRounds(measurement.moments, timeline) : null
  const told = growthsOf(sites, series, timeline, { served, solo: soloRounds(measurement, judged) })
  const all = told.map((growth): Growth => (per === 'request' ? growth : { ...growth, per }))
  const process = processGrowths(measurement.moments.slice(0, judged), timeline)
  return {
    measurement,
    series,
    timeline,
    growths: all.filter((growth) => isGrowth(growth.class)),
    moved: all.filter((growth) => !isGrowth(growth.class)),
    process,
    unsettled: [...sites.map(({ tracks: [lead] }) => lead.finding), ...process.moved].some(isUnsettled),
  }
}

function isUnsettled({ class: found, thin }: Pick<Finding, 'class' | 'thin'>): boolean {
  return found === 'slowing' || thin === true
}

function findingOf(track: Track, timeline: Timeline): Finding | undefined {
  const { values } = track
  if (!isJudged(track)) return classifySlots(values.sum, timeline)
  return isCandidate(values.sum, timeline) ? classify(values, timeline) : classifyMoved(values.sum, timeline)
}

/** Slots are capacity: it is what they hold that is judged. */
function isJudged({ metric }: Track): boolean {
  return metric !== 'slots'
}

/** Only rounds that have their snapshot count; confirming and further rounds only when all of them and their drain are there. */
function timelineOf(measurement: Measurement): Timeline {
  const { plan, moments, planned, confirm, drained, further = [], furtherDrained } = measurement
  const rounds = planned.slice(0, Math.max(0, Math.min(plan.rounds.length, moments.length - 2)))
  const confirmed = drained ? confirm : []
  const lastRound = 1 + rounds.length + confirmed.length
  const more = furtherDrained ? further : []
  const lastFurther = lastRound + 1 + more.length
  const units = (loads: readonly LoadResult[], first: number) =>
    loads.map((load, index) => unitsOf(measurement, load, first + index))
  return {
    planned: units(rounds, 2),
    confirm: units(confirmed, 2 + rounds.length),
    idleS: secondsBetween(moments[0], moments[1]),
    loadS: secondsBetween(moments[1], moments[lastRound]),
    drainS: drained ? secondsBetween(moments[lastRound], moments[lastRound + 1]) : 0,
    ...(more.length > 0 && {
      further: {
        rounds: units(more, lastRound + 2),
        loadS: secondsBetween(moments[1 + rounds.length], moments[lastFurther]),
        wholeS: secondsBetween(moments[1], moments[lastFurther]),
        drainS: secondsBetween(moments[lastFurther], moments[lastFurther + 1]),
      },
    }),
  }
}

/** What the growth of the round that ended at this moment is counted by. */
function unitsOf({ plan, moments }: Measurement, { completed }: LoadResult, moment: number): number {
  if (plan.per === 'request') return completed
  return plan.per === 'reload' ? 1 : acceptedBetween(moments[moment - 1], moments[moment])
}

/** Connections, all workers together: they share the counter. */
function acceptedBetween(from: readonly Snapshot[] | undefined, to: readonly Snapshot[] | undefined): number {
  const [before, after] = [from?.[0]?.nginx, to?.[0]?.nginx]
  return before && after ? after.accepted - before.accepted : 0
}

/** All but the loads of single requests, and but further rounds that broke off. */
function judgedMoments({ moments, drained }: Measurement, { planned, confirm, further }: Timeline): number {
  if (!drained) return moments.length
  return 3 + planned.length + confirm.length + (further ? further.rounds.length + 1 : 0)
}

/** Each begins where the one before it ended. */
function soloRounds(measurement: Measurement, judged: number): SoloRound[] {
  const { plan, solo = [], moments } = measurement
  return solo.flatMap((load, index) => {
    const to = judged + index
    const request = plan.requests[index]?.name
    if (request === undefined || to >= moments.length) return []
    return [{ request, completed: unitsOf(measurement, load, to), from: to - 1, to }]
  })
}

function secondsBetween(from: readonly Snapshot[] | undefined, to: readonly Snapshot[] | undefined): number {
  if (!from?.[0] || !to?.[0]) return 0
  return (to[0].takenAtMs - from[0].takenAtMs) / 1000
}
