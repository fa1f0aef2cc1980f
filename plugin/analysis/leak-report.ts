import { isAbsolute, relative } from 'node:path'
import { pathHere } from '../base/container-path.js'
import { sumBy, sumOf } from '../base/sum.js'
import { type BudgetSpan, judgeBudgets } from '../budget/budget-judge.js'
import { judgeProcessBudgets } from '../budget/process-budget.js'
import { heapParts } from '../heap/tree/parts.js'
import { pathTrees } from '../heap/tree/path-tree.js'
import { whyNoHolders } from '../process/holders.js'
import { isProcessPattern } from '../process/path.js'
import { processRows } from '../process/rows.js'
import type { Baseline, ParsedBudget } from '../types/budget.js'
import type { LeakReport, Verdict, Violation } from '../types/report.js'
import type { Snapshot } from '../types/snapshot.js'
import { sensitivityOf } from '../verdict/sensitivity.js'
import { plannedSpan, roundsOfKind, type Timeline } from '../verdict/timeline.js'
import type { Analysis } from './analysis.js'
import { doubtsOf } from './doubts.js'
import { isOpen, isUndecided, type JudgedGrowths, judgeGrowths } from './judged-growths.js'
import { loadsOf, type Measurement, requestsOfKind, seenMoments } from './measurement.js'
import { mergeLoads } from './merge-loads.js'
import { reasonsOf } from './reasons.js'

type Moments = readonly (readonly Snapshot[])[]

/**
 * The report of a measurement under these budgets, with what this baseline accepts. The verdict is a fact and does
 * not depend on them; `passed` is the decision.
 */
export function leakReport(analysis: Analysis, budgets: readonly ParsedBudget[], baseline: Baseline = {}): LeakReport {
  const { measurement, timeline } = analysis
  const { plan } = measurement
  const moments = seenMoments(measurement).map(({ snapshots }) => snapshots)
  const span = { ...plannedSpan(timeline), requests: sumOf(roundsOfKind(timeline, 'planned')) }
  const requests = requestsOf(measurement, moments, span)
  const judged = judgeGrowths(analysis, budgets, baseline)
  const violations = [...budgetViolations(analysis, moments, span, budgets), ...judged.violations]
  const verdict = verdictOf(measurement, judged)
  const passed = passes(verdict, measurement, judged, violations)
  return {
    format: 'openresty-leak-report/1',
    verdict,
    passed,
    reasons: reasonsOf(verdict, analysis, judged, baseline, requests, passed),
    runtime: runtimeOf(measurement),
    ...(plan.mix && { mix: plan.mix }),
    ...identifiedBy(measurement),
    requests,
    sensitivity: isSensitive(measurement, timeline)
      ? sensitivityOf(span.requests, measurement.watch !== undefined)
      : null,
    ...(plan.per !== 'request' && { per: plan.per }),
    ...(measurement.watch && { watch: measurement.watch }),
    growths: judged.growths,
    moved: judged.moved,
    violations,
    process: processOf(judged, moments, span),
    load: mergeLoads(loadsOf(measurement, 'planned')),
    snapshots: takenOf(measurement, moments).flatMap(snapshotFacts),
    ...pictureOf(analysis, moments, span),
  }
}

function identifiedBy({ identity, moments }: Measurement): Pick<LeakReport, 'identity'> {
  return identity ? { identity: { ...identity, luajit: moments[0]?.snapshots[0]?.vms[0]?.build ?? null } } : {}
}

function requestsOf(measurement: Measurement, moments: Moments, { from, to }: BudgetSpan): LeakReport['requests'] {
  const { plan } = measurement
  const planned = loadsOf(measurement, 'planned')
  const rounds = requestsOfKind(measurement, 'planned')
  return {
    // a command decides itself how much it sends
    asked: plan.driver.kind === 'command' ? sumBy(planned, ({ asked }) => asked) : sumOf(plan.rounds),
    completed: sumOf(rounds),
    counter: countedBetween(moments[from], moments[to]),
    rounds,
    warmup: plan.warmup,
    confirm: [...requestsOfKind(measurement, 'confirm'), ...requestsOfKind(measurement, 'further')],
  }
}

/** nginx's own count of requests between two moments; all workers share it. */
function countedBetween(from: readonly Snapshot[] | undefined, to: readonly Snapshot[] | undefined): number | null {
  const [before, after] = [from?.[0]?.nginx, to?.[0]?.nginx]
  return before && after ? after.requests - before.requests : null
}

function budgetViolations(
  { series, timeline }: Analysis,
  moments: Moments,
  span: BudgetSpan,
  budgets: readonly ParsedBudget[],
): Violation[] {
  if (!isPlanned(timeline)) return []
  const [ofProcess, ofHeap] = [true, false].map((which) =>
    budgets.filter(({ pattern }) => isProcessPattern(pattern) === which),
  )
  return [
    ...judgeBudgets(ofHeap!, series, span, whyNoHolders(moments)),
    ...judgeProcessBudgets(ofProcess!, moments, span, series),
  ]
}

function verdictOf(measurement: Measurement, { growths, moved, process }: JudgedGrowths): Verdict {
  if (measurement.faults.length > 0) return 'invalid'
  if (growths.length + process.growths.length > 0) return 'leak'
  if ([...moved, ...process.moved].some(isUndecided)) return 'inconclusive'
  // what grows in another program than the conf's is a finding, and that nothing does is none
  return doubtsOf(measurement).length > 0 ? 'invalid' : 'ok'
}

function passes(
  verdict: Verdict,
  measurement: Measurement,
  judged: JudgedGrowths,
  violations: readonly Violation[],
): boolean {
  const exceeded = violations.some(({ level }) => level === 'error')
  return verdict !== 'invalid' && !isOpen(judged) && !exceeded && doubtsOf(measurement).length === 0
}

function runtimeOf({ runtime: { kind, description, prefix }, workers }: Measurement): LeakReport['runtime'] {
  return { kind, description, workers, ...folderOf(prefix) }
}

/** Relative to the folder that the run began in, so that reports of two machines are the same. */
function folderOf(prefix: string | undefined): Pick<LeakReport['runtime'], 'folder'> {
  const here = prefix === undefined ? null : pathHere(prefix)
  if (here === null) return {}
  const folder = relative(globalThis.process.cwd(), here)
  return folder.startsWith('..') || isAbsolute(folder) ? {} : { folder: folder.replaceAll('\\', '/') }
}

/**
 * Whether it can be said how few objects would have shown: it is said per request, and growth by reload or by the second is not.
 */
function isSensitive({ plan: { rounds, per } }: Measurement, timeline: Timeline): boolean {
  return roundsOfKind(timeline, 'planned').length === rounds.length && per !== 'reload' && per !== 'second'
}

function isPlanned(timeline: Timeline): boolean {
  return roundsOfKind(timeline, 'planned').length > 0
}

function processOf({ process }: JudgedGrowths, moments: Moments, { from, to }: BudgetSpan): LeakReport['process'] {
  const [before, after] = [moments[from], moments[to]]
  const rows = before && after && processRows(before, after)
  return {
    rss: { before: rssOf(before ?? moments[0]), after: rssOf(after ?? moments.at(-1)) },
    growths: process.growths,
    ...(process.moved.length > 0 && { moved: process.moved }),
    ...(rows && { rows }),
  }
}

/** Bytes, all workers together. */
function rssOf(moment: readonly Snapshot[] | undefined): number {
  return sumBy(moment ?? [], (snapshot) => snapshot.process.rss)
}

/** A snapshot stands for each moment of a run, be it that nothing could change; the first look of a watch stands for two, and is one. */
function takenOf({ watch }: Measurement, moments: Moments): readonly Snapshot[] {
  return watch ? [...new Set(moments.flat())] : moments.flat()
}

function snapshotFacts({ pid, freeze, vms }: Snapshot): LeakReport['snapshots'] {
  return vms.map(({ label, gcTotal, accounted }) => ({
    pid,
    vm: label,
    gcTotal,
    accounted: accounted / gcTotal,
    pauseMs: freeze.pauseUs / 1000,
  }))
}

/** The heaps before and after the planned rounds, for the graph. */
function pictureOf(
  { series, timeline, growths }: Analysis,
  moments: Moments,
  span: BudgetSpan,
): Pick<LeakReport, 'paths' | 'heap'> {
  const [before, after] = [moments[span.from], moments[span.to]]
  if (!isPlanned(timeline) || !before || !after) return {}
  const ofWorkers = growths.filter(({ process }) => process === undefined)
  return { paths: pathTrees(series, span, ofWorkers), heap: heapParts(before, after) }
}
