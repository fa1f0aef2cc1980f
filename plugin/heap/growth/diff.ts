import { sumBy } from '../../base/sum.js'
import type { TypeName } from '../../types/snapshot.js'
import type { Values } from '../../verdict/values.js'
import { type Columns, type Holding, onceForColumns, type PathNode } from '../node.js'
import type { HeapSeries, VmSeries } from '../series.js'

/** Slots are capacity: they are reported, and never judged. */
export type Metric = TypeName | 'entries' | 'payload' | 'slots'

/** One number of one path that changed over a series. */
export interface Track {
  readonly vm: VmSeries
  /** The path that the growth is reported at: the keys of a table count for the entries they stand in. */
  readonly site: PathNode
  readonly metric: Metric
  readonly values: Values
  /** Of payload: how many objects hold it, by moment, all workers together. */
  readonly holders?: readonly number[]
}

/** Every number that changed: objects by type, live entries, payload bytes and allocated slots of each path. */
export function* tracksOf(series: HeapSeries): Generator<Track> {
  const isSteady = onceForColumns((columns) => areSteady(columns, series))
  for (const vm of series.vms) {
    for (const node of vm.nodes) {
      if (isSteady(node.columns)) continue
      for (const metric of metricsOf(node)) {
        if (stays(node, metric, series)) continue
        const values = valuesOf(node, metric, series)
        const holders = metric === 'payload' && { holders: holdersOf(node, series) }
        yield { vm, site: siteOf(node, metric), metric, values, ...holders }
      }
    }
  }
}

/** Where a path holds the very same at every moment, so that there is nothing to compare. */
function areSteady(columns: Columns, { workers, moments }: HeapSeries): boolean {
  for (let column = workers.length; column < moments * workers.length; column++) {
    if (columns[column] !== columns[column - workers.length]) return false
  }
  return true
}

/** Most numbers do: it is asked of each, and the rest made for those that do not. */
function stays(node: PathNode, metric: Metric, series: HeapSeries): boolean {
  const first = amountOf(node, metric, series, 0)
  for (let moment = 1; moment < series.moments; moment++) {
    if (amountOf(node, metric, series, moment) !== first) return false
  }
  return true
}

/** The number at one path: by moment, summed over the workers, and for each worker. */
export function valuesOf(node: PathNode, metric: Metric, series: HeapSeries): Values {
  const byWorker = series.workers.map((_pid, worker) => valuesOfWorker(node, metric, series, worker))
  const sum = Array.from({ length: series.moments }, (_, moment) => sumBy(byWorker, (values) => values[moment]!))
  return { sum, byWorker, bound: boundOf(node, series) }
}

/** Objects at one path that can have contents. */
function holdersOf(node: PathNode, series: HeapSeries): number[] {
  return Array.from({ length: series.moments }, (_, moment) =>
    sumBy(WITH_CONTENTS, (type) => amountOf(node, type, series, moment)),
  )
}
const WITH_CONTENTS = ['string', 'cdata', 'userdata'] as const

/** Key objects are reported together with what is kept under them. */
function siteOf(node: PathNode, metric: Metric): PathNode {
  if (node.step !== '.<keys>' || !node.parent) return node
  const elements = metric === 'string' || metric === 'payload' ? '{*}' : `[<${metric}>]`
  return node.parent.children.get(elements) ?? node
}

function metricsOf(node: PathNode): Set<Metric> {
  const metrics = new Set<Metric>()
  for (const holding of node.columns) {
    if (!holding) continue
    for (const type of holding.objects.keys()) metrics.add(type)
    if (holding.entries > 0) metrics.add('entries')
    if (holding.payload > 0) metrics.add('payload')
    if (holding.slots[1] + holding.slots[3] > 0) metrics.add('slots')
  }
  return metrics
}

/** The number at one path at one moment, judged or not, all workers together. */
export function amountOf(node: PathNode, metric: Metric, series: HeapSeries, moment: number): number {
  return series.workers.reduce((sum, _pid, worker) => sum + amountAt(node, metric, series, moment, worker), 0)
}

function valuesOfWorker(node: PathNode, metric: Metric, series: HeapSeries, worker: number): number[] {
  return Array.from({ length: series.moments }, (_, moment) => amountAt(node, metric, series, moment, worker))
}

function amountAt(node: PathNode, metric: Metric, series: HeapSeries, moment: number, worker: number): number {
  const holding = series.holding(node, moment, worker)
  if (!holding) return 0
  if (metric === 'slots') return holding.slots[1] + holding.slots[3]
  if (metric === 'payload') return holding.payload
  const count = metric === 'entries' ? entriesOf(node, holding) : (holding.objects.get(metric)?.[0] ?? 0)
  return metric === 'entries' || metric === 'thread' ? count - pooledThreads(node, holding) : count
}

/**
 * Entries of a table. In ngx_lua's own tables of references a slot that was given back holds the number of the next free one, so that
 * they have as many entries as were ever in use at once: what counts there is the objects.
 */
function entriesOf({ step, parent }: PathNode, { entries, objects }: Holding): number {
  const isReferences =
    step === '[*]' && parent !== null && REFERENCES.test(parent.step) && parent.parent?.step === 'registry'
  if (!isReferences) return entries
  return Math.min(
    entries,
    sumBy(objects.values(), ([count]) => count),
  )
}
const REFERENCES = /^(?:\[<ngx_(?:http|stream)_lua_coroutines_key>\]|\.ngx_lua_ctx_tables)$/

/**
 * ngx_lua resets finished coroutines and keeps up to 1024 of them for reuse (lua_thread_cache_max_entries), as many as were ever
 * needed at once. The pool grows with each new peak, so it is left out; finished coroutines beyond it are not.
 */
function pooledThreads({ step, parent }: PathNode, { idle }: Holding): number {
  const isPool =
    step === '[*]' && parent?.step === '[<ngx_http_lua_coroutines_key>]' && parent.parent?.step === 'registry'
  return isPool ? Math.min(idle, MOST_POOLED) : 0
}
const MOST_POOLED = 1024

/** The nearest recognised cache around a path, unless caches come and go there: then their bounds bound nothing. */
export function boundOf(node: PathNode, series: HeapSeries): Values['bound'] {
  for (let at: PathNode | null = node; at; at = at.parent) {
    if (!at.columns.some((holding) => holding?.lru)) continue
    const cache = at
    const totals = [0, 1, 2].map((part) =>
      Array.from({ length: series.moments }, (_, moment) =>
        sumBy(series.holdings(cache, moment), ({ lru }) => lru?.[part] ?? 0),
      ),
    )
    const [objects, items, max] = totals as [number[], number[], number[]]
    if (objects.some((count) => count !== objects[0])) return undefined
    return { items, max: max.at(-1)! }
  }
  return undefined
}
