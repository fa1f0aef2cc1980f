import { isAbsolute, relative } from 'node:path'
import { pathHere } from '../base/container-path.js'
import { type BaselineGrowth, baselineKey, type Evidence, exceeding, staleEntries } from '../budget/baseline.js'
import { baselined } from '../budget/baselined.js'
import { judgeBudgets } from '../budget/budget-judge.js'
import { coversHolder, processCover } from '../budget/cover.js'
import { judgeProcessBudgets } from '../budget/process-budget.js'
import { patternCovers } from '../heap/pattern.js'
import { fileFromPrefix, fromPrefix } from '../heap/source/from-prefix.js'
import { heapParts } from '../heap/tree/parts.js'
import { pathTrees } from '../heap/tree/path-tree.js'
import { whyNoHolders } from '../process/holders.js'
import { isProcessPattern, processCovers, processName } from '../process/path.js'
import { processRows } from '../process/rows.js'
import type { Baseline, Budget, KnownLeak } from '../types/budget.js'
import type { Growth } from '../types/growth.js'
import type { Plan } from '../types/plan.js'
import type { LeakReport, ProcessGrowth, Verdict, Violation } from '../types/report.js'
import type { Snapshot } from '../types/snapshot.js'
import { sensitivityOf } from '../verdict/sensitivity.js'
import { HOPS_FROM } from '../verdict/served.js'
import { IDLE, idleSeconds, lastPlanned, roundsOf, roundsOfKind, type Timeline } from '../verdict/timeline.js'
import type { Analysis } from './analysis.js'
import { loadsOf, type Measurement, seenMoments } from './measurement.js'
import { mergeLoads } from './merge-loads.js'

/** The report of a measurement under these budgets, with what this baseline accepts. The verdict is a fact and does not depend on them; `passed` is the decision. */
export function leakReport(analysis: Analysis, budgets: readonly Budget[], baseline: Baseline = {}): LeakReport {
  const { measurement, series, timeline } = analysis
  const { plan, runtime, workers } = measurement
  const { doubts = [] } = runtime
  const moments = seenMoments(measurement).map(({ snapshots }) => snapshots)
  const planned = loadsOf(measurement, 'planned')
  const requests = sum(roundsOfKind(timeline, 'planned'))
  const completed = sum(planned.map((load) => load.completed))
  const span = { from: IDLE, to: lastPlanned(timeline), requests }
  const counter = counted(moments[span.from], moments[span.to])
  const cover = (growth: Growth): Growth => ({
    ...fromPrefix(growth, runtime.prefix),
    coveredBy: coverOf(growth, budgets, plan.knownLeaks),
  })
  const judged = analysis.growths.map(cover).map((growth) => underBaseline(growth, baseline, evidenceOf(analysis)))
  const growths = judged.map(({ growth }) => growth)
  const moved = analysis.moved.map(cover)
  const { judged: judgedProcess, ...process } = coveredProcess(analysis, budgets, baseline)
  const [ofProcess, ofHeap] = [true, false].map((which) =>
    budgets.filter((budget) => isProcessPattern(budget.path) === which),
  )
  const violations = [
    ...(isPlanned(timeline)
      ? [
          ...judgeBudgets(ofHeap!, series, span, whyNoHolders(moments)),
          ...judgeProcessBudgets(ofProcess!, moments, span, series),
        ]
      : []),
    ...[...judged, ...judgedProcess].flatMap(({ violations }) => violations),
  ]
  const verdict = verdictOf(measurement, [...growths, ...process.growths], [...moved, ...process.moved])
  const undecided = [...moved, ...process.moved].filter(isSlowing)
  const open = [...growths, ...process.growths, ...undecided].filter(({ coveredBy }) => coveredBy === null)
  const exceeded = violations.some(({ level }) => level === 'error')
  return {
    format: 'openresty-leak-report/1',
    verdict,
    passed: verdict !== 'invalid' && open.length === 0 && !exceeded && doubts.length === 0,
    reasons: [
      ...verdictReasons(verdict, analysis, moved),
      ...(verdict === 'invalid' ? [] : doubts),
      ...lostVms(analysis),
      ...(analysis.process.notices ?? []),
      ...knownReasons(plan.knownLeaks, [...growths, ...moved], [...process.growths, ...process.moved]),
      ...(verdict === 'invalid' ? [] : staleReasons(baseline, [...growths, ...process.growths.map(baselined)])),
      ...counterReasons(completed, counter),
      ...measurement.notes,
      ...runtime.notices,
    ],
    runtime: { kind: runtime.kind, description: runtime.description, workers, ...folderOf(runtime.prefix) },
    ...identified(measurement),
    requests: {
      asked: sum(plan.rounds),
      completed,
      counter,
      rounds: planned.map(({ completed }) => completed),
      warmup: plan.warmup,
      confirm: (['confirm', 'further'] as const).flatMap((kind) =>
        loadsOf(measurement, kind).map(({ completed }) => completed),
      ),
    },
    sensitivity: isSensitive(measurement, timeline) ? sensitivityOf(requests) : null,
    ...(plan.per !== 'request' && { per: plan.per }),
    growths,
    moved,
    violations,
    process: {
      rss: { before: rssOf(moments[span.from] ?? moments[0]), after: rssOf(moments[span.to] ?? moments.at(-1)) },
      growths: process.growths,
      ...(process.moved.length > 0 && { moved: process.moved }),
      ...rowsOf(moments[span.from], moments[span.to]),
    },
    load: mergeLoads(planned),
    snapshots: moments.flat().flatMap(snapshotFacts),
    ...picture(analysis),
  }
}

function identified({ identity, moments }: Measurement): Pick<LeakReport, 'identity'> {
  return identity ? { identity: { ...identity, luajit: moments[0]?.snapshots[0]?.vms[0]?.build ?? null } } : {}
}

/** Reports of two machines should be the same, so the folder is told from the one that the run began in. */
function folderOf(prefix: string | undefined): Pick<LeakReport['runtime'], 'folder'> {
  const here = prefix === undefined ? null : pathHere(prefix)
  if (here === null) return {}
  const folder = relative(globalThis.process.cwd(), here)
  return folder.startsWith('..') || isAbsolute(folder) ? {} : { folder: folder.replaceAll('\\', '/') }
}

/** The heaps before and after the planned rounds, for the graph. */
function picture({ measurement, series, timeline, growths }: Analysis): Pick<LeakReport, 'paths' | 'heap'> {
  const span = { from: IDLE, to: lastPlanned(timeline) }
  const moments = seenMoments(measurement)
  const [before, after] = [moments[span.from], moments[span.to]]
  if (!isPlanned(timeline) || !before || !after) return {}
  const ofWorkers = growths.filter(({ process }) => process === undefined)
  return { paths: pathTrees(series, span, ofWorkers), heap: heapParts(before.snapshots, after.snapshots) }
}

/** A rate by reload is no share of so many. */
function isSensitive({ plan }: Measurement, timeline: Timeline): boolean {
  return roundsOfKind(timeline, 'planned').length === plan.rounds.length && plan.per !== 'reload'
}

function isPlanned(timeline: Timeline): boolean {
  return roundsOfKind(timeline, 'planned').length > 0
}

/** Whether something grew, or is undecided, that no budget or known leak covers. */
export function isOpen(analysis: Analysis, { budgets, knownLeaks }: Plan): boolean {
  const process = coveredProcess(analysis, budgets)
  const onHeap = [...analysis.growths, ...analysis.moved.filter(isSlowing)]
  const offHeap = [...process.growths, ...process.moved.filter(isSlowing)]
  return (
    onHeap.some((growth) => coverOf(growth, budgets, knownLeaks) === null) ||
    offHeap.some(({ coveredBy }) => coveredBy === null)
  )
}

/** What a baseline's rates are held against. */
export function evidenceOf({ timeline }: Analysis): Evidence {
  return { requests: sum(roundsOf(timeline)), idleS: idleSeconds(timeline) }
}

/** A budget or a known leak comes first: the baseline is for what has neither. */
function underBaseline<T extends BaselineGrowth & Pick<Growth, 'coveredBy'>>(
  growth: T,
  baseline: Baseline,
  evidence: Evidence,
): { readonly growth: T; readonly violations: readonly Violation[] } {
  const accepted = baseline[baselineKey(growth)]
  if (growth.coveredBy !== null || !accepted) return { growth, violations: [] }
  const violations = exceeding(growth, accepted, evidence)
  return { growth: violations.length === 0 ? { ...growth, coveredBy: 'baseline' } : growth, violations }
}

function verdictOf({ faults, runtime }: Measurement, growths: readonly unknown[], moved: readonly Classed[]): Verdict {
  if (faults.length > 0) return 'invalid'
  if (growths.length > 0) return 'leak'
  if (moved.some(isSlowing)) return 'inconclusive'
  // what grows in another program than the conf's is a finding, and that nothing does is none
  return runtime.doubts?.length ? 'invalid' : 'ok'
}

type Classed = Pick<Growth, 'class'>

function isSlowing(growth: Classed): boolean {
  return growth.class === 'slowing'
}

/** What grew off the Lua heap, with what covers it. */
function coveredProcess(analysis: Analysis, budgets: readonly Budget[], baseline: Baseline = {}) {
  const { measurement, process } = analysis
  const { plan, runtime } = measurement
  const cover = (growth: ProcessGrowth): ProcessGrowth => ({
    ...fileFromPrefix(growth, runtime.prefix),
    coveredBy: processCover(growth, budgets, plan.knownLeaks),
  })
  const judged = process.growths.map(cover).map((growth) => {
    const subject = { ...baselined(growth), coveredBy: growth.coveredBy ?? null }
    const { growth: after, violations } = underBaseline(subject, baseline, evidenceOf(analysis))
    return { growth: { ...growth, coveredBy: after.coveredBy }, violations }
  })
  return { judged, growths: judged.map(({ growth }) => growth), moved: process.moved.map(cover) }
}

function rowsOf(
  before: readonly Snapshot[] | undefined,
  after: readonly Snapshot[] | undefined,
): Pick<LeakReport['process'], 'rows'> {
  const rows = before && after && processRows(before, after)
  return rows ? { rows } : {}
}

/** A budget that limits nothing but malloc says nothing of the Lua heap. */
function coverOf({ path }: Growth, budgets: readonly Budget[], known: readonly KnownLeak[]): Growth['coveredBy'] {
  const ofHeap = budgets.filter(({ limits }) => Object.keys(limits).some((metric) => metric !== 'malloc'))
  if (ofHeap.some((budget) => patternCovers(budget.path, path))) return 'budget'
  return known.some((leak) => patternCovers(leak.path, path)) ? 'known' : null
}

/** The first reason is always the verdict's own. */
function verdictReasons(
  verdict: Verdict,
  { measurement, growths, timeline, process }: Analysis,
  moved: readonly Growth[],
): string[] {
  const rounds = roundsOf(timeline)
  const requests = sum(rounds)
  const { per } = measurement.plan
  const over = `over ${requests} ${per}s in ${rounds.length} rounds`
  switch (verdict) {
    case 'invalid':
      return [...measurement.faults, ...(measurement.runtime.doubts ?? [])]
    case 'leak':
      return [...growths, ...process.growths.map(named)].map(
        ({ path, why, class: found, process: where }: Pick<Growth, 'path' | 'why' | 'class' | 'process'>) =>
          `${path}${where === undefined ? '' : ` of ${where}`} grew ${found === 'clock' ? 'with time' : `with the ${per}s`}, ${why} (${over})`,
      )
    case 'inconclusive':
      return [
        ...moved
          .filter(isSlowing)
          .map(({ path, why }) => `${path} grew, but ever slower: ${why}. Run it with more requests to decide.`),
        ...process.moved
          .filter(isSlowing)
          .map((growth) => `${processName(growth)} grew: ${growth.why}. ${wayOut(growth)}`),
      ]
    case 'ok':
      return [`no path kept growing ${over}`]
  }
}

function named(growth: ProcessGrowth) {
  return { ...growth, path: processName(growth) }
}

/** What would decide an undecided growth off the heap: garbage that no collection comes to stays, however many requests there are. */
function wayOut({ holder }: ProcessGrowth): string {
  return holder === 'garbage'
    ? 'Let the collector run (collectgarbage("restart")) to decide.'
    : 'Run it with more requests to decide.'
}

function lostVms({ series }: Analysis): string[] {
  return series.lost.map((label) => `Lua VM ${label} came or went during the run and was not judged`)
}

function knownReasons(
  known: readonly KnownLeak[],
  onHeap: readonly Growth[],
  offHeap: readonly ProcessGrowth[],
): string[] {
  return known.map(({ path, reason, until }) => {
    const seen =
      onHeap.some((growth) => patternCovers(path, growth.path)) ||
      offHeap.some((growth) => processCovers(path, growth) || coversHolder(path, growth))
    const gone = seen ? '' : '; nothing grew there in this run'
    return `known leak ${path}: ${reason}${until ? ` (until ${until})` : ''}${gone}`
  })
}

function staleReasons(baseline: Baseline, growths: readonly BaselineGrowth[]): string[] {
  return staleEntries(baseline, growths).map(
    (key) => `the baseline accepts growth of ${key}, where nothing grew in this run: update the baseline`,
  )
}

/** nginx's own count of requests between two moments; all workers share it. */
function counted(from: readonly Snapshot[] | undefined, to: readonly Snapshot[] | undefined): number | null {
  const [before, after] = [from?.[0]?.nginx, to?.[0]?.nginx]
  return before && after ? after.requests - before.requests : null
}

function counterReasons(completed: number, counter: number | null): string[] {
  if (counter === null || completed === 0 || counter < completed * HOPS_FROM) return []
  return [
    `nginx counted ${counter} requests where the client completed ${completed}: the conf sends requests to itself, or somebody else does; rates are per completed request`,
  ]
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, value) => total + value, 0)
}

/** Bytes, all workers together. */
function rssOf(moment: readonly Snapshot[] | undefined): number {
  return (moment ?? []).reduce((sum, snapshot) => sum + snapshot.process.rss, 0)
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
