import { sumBy, sumOf } from '../../base/sum.js'
import type { BenchTask, MetricSamples } from '../../types/compare/result.js'
import type { LoadResult } from '../../types/load.js'
import type { RequestTimes } from './request-tasks.js'
import { median, summaryOf } from './statistics.js'

/** What a part of a round saw of one server: its loads in the plan's order, and its single requests. */
export interface Slice {
  readonly loads: readonly LoadSlice[]
  readonly requests: readonly RequestTimes[]
}

export interface LoadSlice {
  readonly connections: number
  readonly result: LoadResult
  /** Time of the workers on a core; null where it cannot be seen. */
  readonly cpuUs: number | null
}

/** The numbers of one round: one value per metric. */
export type RoundTasks = readonly (Pick<BenchTask, 'name' | 'kind' | 'connections'> & {
  /** Requests behind these numbers. */
  readonly samples: number
  readonly metrics: Readonly<Record<string, number>>
})[]

/** The slices of one round as one. */
export function roundTasks(slices: readonly Slice[]): RoundTasks {
  const [first] = slices
  if (!first) return []
  const loads = first.loads.map(({ connections }, at) => {
    const parts = slices.map((slice) => slice.loads[at]!)
    const samples = sumBy(parts, ({ result }) => result.completed)
    return { name: `load x${connections}`, kind: 'load' as const, connections, samples, metrics: loadMetrics(parts) }
  })
  const requests = first.requests.map(({ name }, at) => {
    const parts = slices.map((slice) => slice.requests[at]!)
    const metrics = {
      'latency.min': Math.min(...parts.map(({ min }) => min)),
      'latency.p50': median(parts.map(({ p50 }) => p50)),
    }
    const samples = sumBy(parts, (part) => part.samples)
    return { name, kind: 'request' as const, connections: 1, samples, metrics }
  })
  return [...loads, ...requests]
}

/** Fewer answers have no 99th percentile to speak of. */
const LEAST_FOR_P99 = 500

/** Percentiles are those of the middle slice: one that something else on the machine held up says nothing. */
function loadMetrics(parts: readonly LoadSlice[]): Readonly<Record<string, number>> {
  const results = parts.map(({ result }) => result)
  const completed = sumBy(results, (result) => result.completed)
  const names = Object.keys(results[0]?.byRequest ?? {})
  const cpu = parts.flatMap(({ cpuUs, result }) => (cpuUs === null ? [] : [cpuUs / result.completed]))
  return {
    throughput: (1000 * completed) / sumBy(results, ({ durationMs }) => durationMs),
    'latency.p50': median(results.map(({ latencyUs }) => latencyUs.p50)),
    ...(completed >= LEAST_FOR_P99 && { 'latency.p99': median(results.map(({ latencyUs }) => latencyUs.p99)) }),
    ...(names.length > 1 &&
      Object.fromEntries(
        names.map((name) => [
          `latency.p50{${name}}`,
          median(results.flatMap(({ byRequest }) => byRequest?.[name]?.latencyUs.p50 ?? [])),
        ]),
      )),
    ...(cpu.length === parts.length && { cpu: quieterMean(cpu) }),
  }
}

/** Mean of the smaller three of five: what others do to caches and wake-ups only ever adds to a time on a core. */
function quieterMean(values: readonly number[]): number {
  const quieter = values.toSorted((one, other) => one - other).slice(0, Math.ceil(values.length * 0.6))
  return sumOf(quieter) / quieter.length
}

/** Rounds of one server as tasks: a metric that was not measured in each round is left out. */
export function tasksOf(rounds: readonly RoundTasks[]): BenchTask[] {
  return (rounds[0] ?? []).map(({ name, kind, connections, metrics }, index) => {
    const seen = rounds.flatMap((round) => round[index] ?? [])
    const measured = Object.keys(metrics).filter((metric) => seen.every((task) => (task.metrics[metric] ?? 0) > 0))
    const samplesOf = (metric: string): MetricSamples => {
      const values = seen.map((task) => round(task.metrics[metric]!))
      return { ...kindOf(metric), summary: summaryOf(values), rounds: values }
    }
    return {
      name,
      kind,
      connections,
      samples: sumBy(seen, ({ samples }) => samples),
      metrics: Object.fromEntries(measured.map((metric) => [metric, samplesOf(metric)])),
    }
  })
}

function kindOf(metric: string): Pick<MetricSamples, 'unit' | 'better'> {
  return metric === 'throughput' ? { unit: 'perSecond', better: 'more' } : { unit: 'us', better: 'less' }
}

function round(value: number): number {
  return Number(value.toPrecision(6))
}
