import { load } from '../load/autocannon.js'
import type { LoadResult, RequestSpec, Runtime } from '../types.js'
import { cpuTimeUs } from './cpu-time.js'
import { BenchError } from './error.js'
import { runRequestTasks } from './request-tasks.js'
import type { BenchTask, MetricSamples } from './result.js'
import { summaryOf } from './statistics.js'

/** What one round does to one server. */
export interface TimeRoundPlan {
  readonly requests: readonly RequestSpec[]
  readonly expectStatus: readonly (readonly [number, number])[]
  readonly timeoutS: number
  readonly loads: readonly LoadShape[]
  /** Time for each request on a connection of its own, in ms; 0 for none. */
  readonly timeMs: number
}

/** A load over so many connections. */
export interface LoadShape {
  readonly connections: number
  /** Requests that count, and those before them that do not. */
  readonly amount: number
  readonly warmup: number
}

/** The numbers of one round: one value per metric. */
export type RoundTasks = readonly (Pick<BenchTask, 'name' | 'kind' | 'connections'> & {
  /** Requests behind these numbers. */
  readonly samples: number
  readonly metrics: Readonly<Record<string, number>>
})[]

/**
 * One round of loads and single requests. `firstNumber` is where templates go on counting.
 * @throws BenchError for requests that were not completed as expected
 */
export async function timeRound(
  runtime: Runtime,
  plan: TimeRoundPlan,
  { firstNumber, signal }: { readonly firstNumber: number; readonly signal?: AbortSignal | undefined },
): Promise<RoundTasks> {
  const { requests, expectStatus, timeoutS, timeMs } = plan
  const tasks: RoundTasks[number][] = []
  let sent = firstNumber
  for (const { connections, amount, warmup } of plan.loads) {
    const drive = async (amount: number) => {
      const part = { requests, expectStatus, connections, timeoutS, amount, firstNumber: sent }
      sent += amount
      return whole(await load(runtime, part, { ...(signal && { signal }) }))
    }
    await drive(warmup)
    const before = await cpuTimeUs(runtime)
    const loaded = await drive(amount)
    const after = await cpuTimeUs(runtime)
    const cpu = before !== null && after !== null ? (after - before) / loaded.completed : null
    const metrics = loadMetrics(loaded, cpu)
    tasks.push({ name: `load x${connections}`, kind: 'load', connections, samples: loaded.completed, metrics })
  }
  if (timeMs > 0) {
    const timed = await runRequestTasks(runtime, { requests, expectStatus, timeMs, warmupMs: 0, signal })
    for (const { name, samples, min, p50 } of timed) {
      const metrics = { 'latency.min': min, 'latency.p50': p50 }
      tasks.push({ name, kind: 'request', connections: 1, samples, metrics })
    }
  }
  return tasks
}

/** Rounds of one server as tasks: a metric that was not measured in each round is left out. */
export function tasksOf(rounds: readonly RoundTasks[]): BenchTask[] {
  return (rounds[0] ?? []).map(({ name, kind, connections, metrics }, index) => {
    const seen = rounds.flatMap((round) => round[index] ?? [])
    const measured = Object.keys(metrics).filter((metric) => seen.every((task) => (task.metrics[metric] ?? 0) > 0))
    const samplesOf = (metric: string): MetricSamples => {
      const values = seen.map((task) => rounded(task.metrics[metric]!))
      return { ...kindOf(metric), summary: summaryOf(values), rounds: values }
    }
    return {
      name,
      kind,
      connections,
      samples: seen.reduce((sum, { samples }) => sum + samples, 0),
      metrics: Object.fromEntries(measured.map((metric) => [metric, samplesOf(metric)])),
    }
  })
}

function kindOf(metric: string): Pick<MetricSamples, 'unit' | 'better'> {
  return metric === 'throughput' ? { unit: 'perSecond', better: 'more' } : { unit: 'us', better: 'less' }
}

/** Fewer answers have no 99th percentile to speak of. */
const LEAST_FOR_P99 = 500

function loadMetrics({ completed, requestsPerSecond, latencyUs, byRequest = {} }: LoadResult, cpu: number | null) {
  const names = Object.entries(byRequest)
  return {
    throughput: requestsPerSecond,
    'latency.p50': latencyUs.p50,
    ...(completed >= LEAST_FOR_P99 && { 'latency.p99': latencyUs.p99 }),
    ...(names.length > 1 &&
      Object.fromEntries(names.map(([name, result]) => [`latency.p50{${name}}`, result.latencyUs.p50]))),
    ...(cpu !== null && { cpu }),
  }
}

function whole(result: LoadResult): LoadResult {
  if (result.unexpected > 0) {
    const statuses = Object.entries(result.statuses).map(([status, count]) => `${status} (${count} times)`)
    throw new BenchError('BENCH_LOAD', `the load was answered with ${statuses.join(', ')}, not all of it expected.`)
  }
  if (result.completed === result.asked) return result
  const why = result.gaveUp ?? result.firstError ?? 'no error was seen'
  throw new BenchError('BENCH_LOAD', `${result.completed} of ${result.asked} requests were completed: ${why}.`)
}

function rounded(value: number): number {
  return Number(value.toPrecision(6))
}
