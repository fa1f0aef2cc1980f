import { load } from '../load/autocannon.js'
import { nameOf } from '../load/request.js'
import type { LoadResult, RequestSpec, Runtime } from '../types.js'
import { cpuTimeUs } from './cpu-time.js'
import { BenchError } from './error.js'
import { runRequestTasks } from './request-tasks.js'
import type { BenchTask, MetricSamples } from './result.js'

/** What one round does to one server. */
export interface TimeRoundPlan {
  readonly requests: readonly RequestSpec[]
  readonly expectStatus: readonly (readonly [number, number])[]
  readonly timeoutS: number
  readonly connections: number
  /** Requests of the load that counts, and of the one before it that does not; 0 for no load. */
  readonly amount: number
  readonly warmup: number
  /** Time for each request on a connection of its own, in ms; 0 for none. */
  readonly timeMs: number
}

/** The numbers of one round: one value per metric. */
export type RoundTasks = readonly (Omit<BenchTask, 'metrics'> & {
  readonly metrics: Readonly<Record<string, number>>
})[]

/**
 * One round of load and single requests. `firstNumber` is where templates go on counting.
 * @throws BenchError for requests that were not completed as expected
 */
export async function timeRound(
  runtime: Runtime,
  plan: TimeRoundPlan,
  options: { readonly firstNumber: number; readonly signal?: AbortSignal | undefined },
): Promise<RoundTasks> {
  const { signal, firstNumber } = options
  const { requests, expectStatus, connections, timeoutS, timeMs } = plan
  const drive = async (amount: number, from: number) => {
    const part = { requests, expectStatus, connections, timeoutS, amount, firstNumber: from }
    return whole(await load(runtime, part, { ...(signal && { signal }) }))
  }
  const tasks: RoundTasks[number][] = []
  if (plan.warmup > 0) await drive(plan.warmup, firstNumber)
  if (plan.amount > 0) {
    const before = await cpuTimeUs(runtime)
    const loaded = await drive(plan.amount, firstNumber + plan.warmup)
    const after = await cpuTimeUs(runtime)
    const cpu = before !== null && after !== null ? (after - before) / loaded.completed : null
    tasks.push({ name: LOAD_TASK, kind: 'load', connections, metrics: loadMetrics(loaded, cpu) })
  }
  if (timeMs > 0) {
    const timed = await runRequestTasks(runtime, { requests, expectStatus, timeMs, warmupMs: 0, signal })
    for (const { name, p50 } of timed) {
      tasks.push({ name, kind: 'request', connections: 1, metrics: { 'latency.p50': p50 } })
    }
  }
  return tasks
}

/** Name of the task that all requests share. */
export const LOAD_TASK = 'load'

/** Rounds of one server as tasks: a metric that was not measured in each round is left out. */
export function tasksOf(rounds: readonly RoundTasks[]): BenchTask[] {
  return (rounds[0] ?? []).map(({ name, kind, connections, metrics }, index) => {
    const seen = rounds.flatMap((round) => round[index] ?? [])
    const whole = Object.keys(metrics).filter((metric) => seen.every((task) => (task.metrics[metric] ?? 0) > 0))
    return {
      name,
      kind,
      connections,
      metrics: Object.fromEntries(
        whole.map((metric) => [
          metric,
          { ...kindOf(metric), rounds: seen.map((task) => rounded(task.metrics[metric]!)) },
        ]),
      ),
    }
  })
}

function kindOf(metric: string): Omit<MetricSamples, 'rounds'> {
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

/** Names of the requests, for a title. */
export function requestNames(requests: readonly RequestSpec[]): string[] {
  return requests.map(nameOf)
}
