import type { TypeName } from '../types.js'
import { type PathNode, subtree } from './node.js'
import type { HeapSeries, VmSeries } from './series.js'
import type { Values } from './verdict.js'

export type Metric = TypeName | 'entries' | 'payload'

/** One number of one path that changed over a series. */
export interface Track {
  readonly vm: VmSeries
  /** The path the growth is told at: the keys of a table count for the entries they stand in. */
  readonly site: PathNode
  readonly metric: Metric
  readonly values: Values
}

/** Every number that ended higher or lower than it began: objects by type, live entries and payload bytes of each path. */
export function* tracksOf(series: HeapSeries): Generator<Track> {
  for (const vm of series.vms) {
    for (const node of subtree(vm.top)) {
      for (const metric of metricsOf(node)) {
        const values = valuesOf(node, metric, series)
        if (values.sum.every((value) => value === values.sum[0])) continue
        yield { vm, site: siteOf(node, metric), metric, values }
      }
    }
  }
}

/** The number at one path: by moment, summed over the workers, and for each worker. */
export function valuesOf(node: PathNode, metric: Metric, series: HeapSeries): Values {
  const byWorker = series.workers.map((_pid, worker) => measured(node, metric, series, worker))
  const sum = Array.from({ length: series.moments }, (_, moment) =>
    byWorker.reduce((total, values) => total + values[moment]!, 0),
  )
  return { sum, byWorker, bound: boundOf(node, series) }
}

/** Key objects are told together with what is kept under them. */
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
  }
  return metrics
}

function measured(node: PathNode, metric: Metric, series: HeapSeries, worker: number): number[] {
  return Array.from({ length: series.moments }, (_, moment) => {
    const holding = node.columns[moment * series.workers.length + worker]
    if (!holding) return 0
    if (metric === 'entries' || metric === 'payload') return holding[metric]
    return holding.objects.get(metric)?.[0] ?? 0
  })
}

/** The nearest recognised cache around a path, unless caches come and go there: then their bounds bound nothing. */
function boundOf(node: PathNode, series: HeapSeries): Values['bound'] {
  for (let at: PathNode | null = node; at; at = at.parent) {
    if (!at.columns.some((holding) => holding?.lru)) continue
    const totals = [0, 1, 2].map((part) =>
      Array.from({ length: series.moments }, (_, moment) =>
        series.workers.reduce(
          (sum, _pid, worker) => sum + (at!.columns[moment * series.workers.length + worker]?.lru?.[part] ?? 0),
          0,
        ),
      ),
    )
    const [objects, items, max] = totals as [number[], number[], number[]]
    if (objects.some((count) => count !== objects[0])) return undefined
    return { items, max: max.at(-1)! }
  }
  return undefined
}
