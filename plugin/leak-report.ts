import { judgeBudgets } from './heap/budget-judge.js'
import { heapParts } from './heap/parts.js'
import { pathTrees } from './heap/path-tree.js'
import { patternCovers } from './heap/pattern.js'
import { sensitivityOf } from './heap/sensitivity.js'
import { roundsOf } from './heap/timeline.js'
import type { Analysis, Measurement } from './measurement.js'
import { mergeLoads } from './merge-loads.js'
import type { Budget, Growth, KnownLeak, LeakReport, Snapshot, Verdict } from './types.js'

/** The report of a measurement under these budgets. The verdict is a fact and does not depend on them; `passed` is the decision. */
export function leakReport(analysis: Analysis, budgets: readonly Budget[]): LeakReport {
  const { measurement, series, timeline } = analysis
  const { plan, runtime, workers, moments } = measurement
  const requests = timeline.planned.reduce((sum, completed) => sum + completed, 0)
  const span = { from: 1, to: 1 + timeline.planned.length, requests }
  const violations = timeline.planned.length > 0 ? judgeBudgets(budgets, series, span) : []
  const cover = (growth: Growth): Growth => ({ ...growth, coveredBy: coverOf(growth, budgets, plan.knownLeaks) })
  const growths = analysis.growths.map(cover)
  const moved = analysis.moved.map(cover)
  const verdict = verdictOf(measurement, growths, moved)
  const open = [...growths, ...moved.filter(isSlowing)].filter(({ coveredBy }) => coveredBy === null)
  const exceeded = violations.some(({ level }) => level === 'error')
  return {
    format: 'openresty-leak-report/1',
    verdict,
    passed: verdict !== 'invalid' && open.length === 0 && !exceeded,
    reasons: [
      ...verdictReasons(verdict, analysis, moved),
      ...lostVms(analysis),
      ...knownReasons(plan.knownLeaks),
      ...runtime.notices,
    ],
    runtime: { kind: runtime.kind, description: runtime.description, workers },
    requests: {
      asked: plan.rounds.reduce((sum, amount) => sum + amount, 0),
      completed: measurement.planned.reduce((sum, { completed }) => sum + completed, 0),
      counter: counted(moments[1], moments[span.to]),
      rounds: measurement.planned.map(({ completed }) => completed),
      warmup: plan.warmup,
      confirm: [...measurement.confirm, ...(measurement.further ?? [])].map(({ completed }) => completed),
    },
    sensitivity: timeline.planned.length === plan.rounds.length ? sensitivityOf(requests) : null,
    growths,
    moved,
    violations,
    process: {
      rss: { before: rssOf(moments[1] ?? moments[0]), after: rssOf(moments[span.to] ?? moments.at(-1)) },
      growths: [],
    },
    load: mergeLoads(measurement.planned),
    snapshots: moments.flat().flatMap(snapshotFacts),
    ...picture(analysis),
  }
}

/** The heaps before and after the planned rounds, for the graph. */
function picture({ measurement, series, timeline, growths }: Analysis): Pick<LeakReport, 'paths' | 'heap'> {
  const span = { from: 1, to: 1 + timeline.planned.length }
  const [before, after] = [measurement.moments[span.from], measurement.moments[span.to]]
  if (timeline.planned.length === 0 || !before || !after) return {}
  return { paths: pathTrees(series, span, growths), heap: heapParts(before, after) }
}

function verdictOf({ faults }: Measurement, growths: readonly Growth[], moved: readonly Growth[]): Verdict {
  if (faults.length > 0) return 'invalid'
  if (growths.length > 0) return 'leak'
  return moved.some(isSlowing) ? 'inconclusive' : 'ok'
}

/** Whether nothing is known to grow, and yet something may. */
export function isUndecided({ growths, moved }: Analysis): boolean {
  return growths.length === 0 && moved.some(isSlowing)
}

function isSlowing(growth: Growth): boolean {
  return growth.class === 'slowing'
}

function coverOf({ path }: Growth, budgets: readonly Budget[], known: readonly KnownLeak[]): Growth['coveredBy'] {
  if (budgets.some((budget) => patternCovers(budget.path, path))) return 'budget'
  return known.some((leak) => patternCovers(leak.path, path)) ? 'known' : null
}

/** The first reason is always the verdict's own. */
function verdictReasons(
  verdict: Verdict,
  { measurement, growths, timeline }: Analysis,
  moved: readonly Growth[],
): string[] {
  const rounds = roundsOf(timeline)
  const requests = rounds.reduce((sum, completed) => sum + completed, 0)
  const over = `over ${requests} requests in ${rounds.length} rounds`
  switch (verdict) {
    case 'invalid':
      return [...measurement.faults]
    case 'leak':
      return growths.map(
        ({ path, why, class: found }) =>
          `${path} grew ${found === 'clock' ? 'with time' : 'with the requests'}, ${why} (${over})`,
      )
    case 'inconclusive':
      return moved
        .filter(isSlowing)
        .map(({ path, why }) => `${path} grew, but ever slower: ${why}. Run it with more requests to decide.`)
    case 'ok':
      return [`no path kept growing ${over}`]
  }
}

function lostVms({ series }: Analysis): string[] {
  return series.lost.map((label) => `Lua VM ${label} came or went during the run and was not judged`)
}

function knownReasons(known: readonly KnownLeak[]): string[] {
  return known.map(({ path, reason, until }) => `known leak ${path}: ${reason}${until ? ` (until ${until})` : ''}`)
}

/** nginx's own count of requests between two moments; all workers share it. */
function counted(from: readonly Snapshot[] | undefined, to: readonly Snapshot[] | undefined): number | null {
  const [before, after] = [from?.[0]?.nginx, to?.[0]?.nginx]
  return before && after ? after.requests - before.requests : null
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
