import { editDistance } from '../base/nearest.js'
import { sumBy } from '../base/sum.js'
import { type PathNode, pathOf, subtree } from '../heap/node.js'
import { printPath } from '../heap/path.js'
import { matchingNodes } from '../heap/pattern.js'
import type { HeapSeries } from '../heap/series.js'
import type { BudgetMetric, ParsedBudget } from '../types/budget.js'
import type { Path, Pattern } from '../types/path.js'
import type { Violation } from '../types/report.js'
import type { TypeName } from '../types/snapshot.js'

/** The moments between which budgets are judged, and the requests completed between them. */
export interface BudgetSpan {
  readonly from: number
  readonly to: number
  readonly requests: number
}

/**
 * Every limit that the planned rounds exceeded, and every budget whose path never existed. All VMs and workers together.
 * @param noHolders why nobody can tell who holds malloc, if so: limits of it then fail, since nothing says that they hold
 */
export function judgeBudgets(
  budgets: readonly ParsedBudget[],
  series: HeapSeries,
  span: BudgetSpan,
  noHolders?: string,
): Violation[] {
  return budgets.flatMap((budget) => judge(budget, series, span, noHolders))
}

function judge(budget: ParsedBudget, series: HeapSeries, span: BudgetSpan, noHolders: string | undefined): Violation[] {
  const { path, pattern, limits, level, optional } = budget
  const matches = series.vms.flatMap(({ top }) => matchingNodes(top, pattern))
  const metrics = Object.entries(limits) as [BudgetMetric, number][]
  if (matches.length === 0) {
    if (optional) return []
    const [metric, limit] = metrics[0]!
    return [{ path, metric, limit, actual: 0, level, nearest: nearestPaths(pattern, series) }]
  }
  const before = amountAt(span.from, matches, series)
  const after = amountAt(span.to, matches, series)
  return metrics.flatMap(([metric, limit]) => {
    if (metric === 'malloc' && noHolders !== undefined) {
      return [{ path, metric, limit, actual: 0, level, unjudged: noHolders }]
    }
    const actual = metric === 'bound' ? heldAt(span.to, matches, series) : gainOf(metric, before, after, span.requests)
    return actual > limit ? [{ path, metric, limit, actual, level }] : []
  })
}

/** All that hangs on the paths of a budget at one moment. */
interface Amount {
  readonly objects: number
  readonly entries: number
  readonly bytes: number
  readonly bytesByType: ReadonlyMap<TypeName, number>
  /** Bytes of malloc that only Lua holds. */
  readonly malloc: number
}

function amountAt(moment: number, matches: readonly PathNode[], series: HeapSeries): Amount {
  let [objects, entries, bytes, malloc] = [0, 0, 0, 0]
  const bytesByType = new Map<TypeName, number>()
  for (const holding of matches.flatMap((match) => subtree(match)).flatMap((node) => series.holdings(node, moment))) {
    entries += holding.entries
    malloc += holding.malloc?.[1] ?? 0
    for (const [type, [count, size]] of holding.objects) {
      objects += count
      bytes += size
      bytesByType.set(type, (bytesByType.get(type) ?? 0) + size)
    }
  }
  return { objects, entries, bytes, bytesByType, malloc }
}

const TYPE_OF: Readonly<Partial<Record<BudgetMetric, TypeName>>> = {
  tables: 'table',
  strings: 'string',
  functions: 'function',
  upvalues: 'upvalue',
  threads: 'thread',
  protos: 'proto',
  cdata: 'cdata',
  userdata: 'userdata',
}

function gainOf(metric: BudgetMetric, before: Amount, after: Amount, requests: number): number {
  const type = TYPE_OF[metric]
  if (type) return (after.bytesByType.get(type) ?? 0) - (before.bytesByType.get(type) ?? 0)
  if (metric === 'total') return after.bytes - before.bytes
  if (metric === 'objects' || metric === 'entries' || metric === 'malloc') return after[metric] - before[metric]
  const counted = metric === 'objectsPerRequest' ? 'objects' : metric === 'entriesPerRequest' ? 'entries' : 'bytes'
  return requests > 0 ? Number(((after[counted] - before[counted]) / requests).toPrecision(5)) : 0
}

/** What the matched containers themselves hold: items of recognised caches, live entries of other tables, else the objects at the path. */
function heldAt(moment: number, matches: readonly PathNode[], series: HeapSeries): number {
  let held = 0
  for (const match of matches) {
    const own = series.holdings(match, moment)
    const items = sumBy(own, ({ lru }) => lru?.[1] ?? 0)
    const elements = [...match.children.values()].flatMap((child) => series.holdings(child, moment))
    const entries = sumBy(elements, (holding) => holding.entries)
    const objects = sumBy(own, (holding) => sumBy(holding.objects.values(), ([count]) => count))
    held += items || entries || objects
  }
  return held
}

const MOST_HINTS = 3

/** The existing paths that take the fewest edits to become the one that was meant. */
function nearestPaths(pattern: Pattern, series: HeapSeries): string[] {
  const meant = spell(pattern)
  const found = new Map<string, number>()
  for (const { nodes } of series.vms) {
    for (const node of nodes) {
      const path = pathOf(node)
      if (path.length < pattern.length - 1 || path.length > pattern.length + 2) continue
      if (node.columns.every((holding) => !holding?.objects.size)) continue
      const edits = [path, withoutHolder(path)].map((spelled) => editDistance(meant, spell(spelled)))
      found.set(printPath(path), Math.min(...edits))
    }
  }
  const ranked = [...found].sort(([one, edits], [other, otherEdits]) => edits - otherEdits || (one < other ? -1 : 1))
  return ranked.slice(0, MOST_HINTS).map(([path]) => path)
}

/** A budget may leave out the function that an upvalue belongs to. */
function withoutHolder(path: Path): Path {
  return path.filter((_step, index) => !path[index + 1]?.startsWith('.^'))
}

/** People write an upvalue like a field, and name a table rather than its elements. */
function spell(path: Path): string {
  return printPath(path).replaceAll('.^', '.').toLowerCase()
}
