import { nearest } from '../base/nearest.js'
import { sumBy } from '../base/sum.js'
import type { HeapSeries } from '../heap/series.js'
import { holderTracks, whyNoHolders } from '../process/holders.js'
import { isHolderPattern, processCovers, processPath } from '../process/path.js'
import { type ProcessTrack, processTracks } from '../process/track.js'
import type { BudgetMetric, ParsedBudget } from '../types/budget.js'
import type { Violation } from '../types/report.js'
import type { Snapshot } from '../types/snapshot.js'

/** The moments between which budgets are judged, and the requests completed between them. */
interface Span {
  readonly from: number
  readonly to: number
  readonly requests: number
}

/**
 * Every limit on memory off the Lua heap that the planned rounds exceeded, and every budget on what is not there.
 * @param budgets those whose path begins with `process`
 * @param series of the same moments
 */
export function judgeProcessBudgets(
  budgets: readonly ParsedBudget[],
  moments: readonly (readonly Snapshot[])[],
  span: Span,
  series: HeapSeries,
): Violation[] {
  const whole = [...processTracks(moments), rssTrack(moments)]
  const ofHolders = budgets.some(({ pattern }) => isHolderPattern(pattern)) ? holdersOf(moments, series) : []
  const noHolders = whyNoHolders(moments)
  return budgets.flatMap((budget) => {
    if (!isHolderPattern(budget.pattern)) return judge(budget, whole, span)
    return noHolders === undefined ? judge(budget, ofHolders, span) : unjudgedLimits(budget, noHolders)
  })
}

/** Each of malloc's holders. What is lost and what is garbage is always there to be limited, also where it is nothing. */
function holdersOf(moments: readonly (readonly Snapshot[])[], series: HeapSeries): ProcessTrack[] {
  const found = holderTracks(moments, series) ?? []
  const byWorker = series.workers.map(() => moments.map(() => 0))
  const none = { sum: moments.map(() => 0), byWorker }
  const empty = ['lost', 'garbage'].filter((name) => !found.some(({ holder }) => holder === name))
  return [
    ...found.map(({ holder, bytes }) => ({ holder, values: bytes })),
    ...empty.map((holder) => ({ holder, values: none })),
  ].map((track) => ({ category: 'malloc', ...track }))
}

/** Nothing says that such a limit holds. */
function unjudgedLimits({ path, limits, level, optional }: ParsedBudget, why: string): Violation[] {
  if (optional) return []
  return Object.entries(limits).map(([metric, limit]) => ({ path, metric, limit, actual: 0, level, unjudged: why }))
}

function judge(
  { path, pattern, limits, level, optional }: ParsedBudget,
  tracks: readonly ProcessTrack[],
  span: Span,
): Violation[] {
  const covered = tracks.filter((track) => processCovers(pattern, track))
  const metrics = Object.entries(limits) as [BudgetMetric, number][]
  const [metric, limit] = metrics[0] ?? ['total', 0]
  if (covered.length === 0) {
    if (optional) return []
    const hint = nearest(path, tracks.map(processPath))
    return [{ path, metric, limit, actual: 0, level, nearest: hint ? [hint] : tracks.map(processPath).slice(0, 3) }]
  }
  const gained = sumBy(covered, ({ values }) => values.sum[span.to]! - values.sum[span.from]!)
  return metrics.flatMap(([metric, limit]) => {
    const actual = metric === 'bytesPerRequest' ? perRequest(gained, span.requests) : gained
    return actual > limit ? [{ path, metric, limit, actual, level }] : []
  })
}

function perRequest(bytes: number, requests: number): number {
  return requests > 0 ? Number((bytes / requests).toPrecision(5)) : 0
}

/** Too coarse to judge by, since it follows everything; yet a budget may name it. */
function rssTrack(moments: readonly (readonly Snapshot[])[]): ProcessTrack {
  const byWorker = (moments[0] ?? []).map((_, worker) => moments.map((moment) => moment[worker]!.process.rss))
  const sum = moments.map((moment) => sumBy(moment, ({ process }) => process.rss))
  return { category: 'rss', values: { sum, byWorker } }
}
