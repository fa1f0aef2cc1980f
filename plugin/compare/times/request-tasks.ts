import type { LoadTarget } from '../../load/plan/aim.js'
import { nameOf } from '../../load/plan/request.js'
import type { RequestSpec } from '../../types/request.js'
import type { StatusRanges } from '../../types/status.js'
import { BenchError } from '../error.js'
import { KeepAliveRequest } from './keep-alive.js'

export interface RequestTasksPlan {
  /** The server, for people. */
  readonly title: string
  readonly requests: readonly RequestSpec[]
  readonly expectStatus: StatusRanges
  /** Time for each request, in ms. */
  readonly timeMs: number
  readonly signal?: AbortSignal | undefined
}

/** Microseconds per request, one after the other on one connection. */
export interface RequestTimes {
  readonly name: string
  readonly samples: number
  /** The quickest: what others on the machine take only ever adds to it. */
  readonly min: number
  readonly p50: number
}

/**
 * Runs one task of tinybench, loaded when it is first asked for, per request name. Throws a BenchError for a request that fails; the
 * signal's reason when aborted.
 */
export async function runRequestTasks(target: LoadTarget, plan: RequestTasksPlan): Promise<RequestTimes[]> {
  const { title, requests, expectStatus, timeMs, signal } = plan
  const connections = requests.map((request) => new KeepAliveRequest(target, request, { title, expectStatus }))
  const { Bench } = await import('tinybench')
  const bench = new Bench({ time: timeMs, iterations: LEAST_SAMPLES, warmup: false, throws: true })
  for (const [index, request] of requests.entries()) {
    const send = () => {
      signal?.throwIfAborted()
      return connections[index]!.send()
    }
    bench.add(nameOf(request), send, { async: true })
  }
  try {
    await bench.run()
  } finally {
    for (const connection of connections) connection[Symbol.dispose]()
  }
  return bench.tasks.map(({ name, result }) => {
    if (result.state !== 'completed')
      throw new BenchError('BENCH_REQUEST', `${title}: ${name} was not completed: ${result.state}`)
    const { latency } = result
    return {
      name,
      samples: latency.samplesCount,
      min: latency.min * 1000,
      p50: latency.p50 * 1000,
    }
  })
}

/** Requests that each task sends even where they take longer than its time. */
const LEAST_SAMPLES = 4
