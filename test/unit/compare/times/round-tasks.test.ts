import { expect, test } from 'vitest'
import { type LoadSlice, roundTasks, type Slice, tasksOf } from '../../../../plugin/compare/times/round-tasks.js'
import type { LoadResult, RequestResult } from '../../../../plugin/types/load.js'

function latency(p50: number, p99 = 10 * p50): LoadResult['latencyUs'] {
  return { min: 1, mean: p50, stdev: 1, max: p99, p50, p75: p50, p90: p50, p99, p999: p99 }
}

function loaded(completed: number, durationMs: number, p50: number, rest: Partial<LoadSlice> = {}): LoadSlice {
  const result: LoadResult = {
    asked: completed,
    completed,
    durationMs,
    bytesRead: 0,
    statuses: { 200: completed },
    unexpected: 0,
    errors: { connect: 0, reset: 0, timeout: 0, closed: 0 },
    requestsPerSecond: (1000 * completed) / durationMs,
    latencyUs: latency(p50),
    perRequest: {},
  }
  return { connections: 10, result, cpuUs: null, ...rest }
}

const slice = (load: LoadSlice, min = 40, p50 = 50): Slice => ({
  loads: [load],
  requests: [{ name: 'GET /t', samples: 7, min, p50 }],
})

test('the slices of a round are one number for each metric', () => {
  const slices = [
    slice(loaded(200, 20, 300), 41, 60),
    slice(loaded(200, 60, 900), 45, 2000),
    slice(loaded(200, 20, 310), 40, 61),
  ]
  expect(roundTasks(slices)).toEqual([
    {
      name: 'load x10',
      kind: 'load',
      connections: 10,
      samples: 600,
      metrics: { throughput: 6000, 'latency.p50': 310, 'latency.p99': 3100 },
    },
    {
      name: 'GET /t',
      kind: 'request',
      connections: 1,
      samples: 21,
      metrics: { 'latency.min': 40, 'latency.p50': 61 },
    },
  ])
})

test('a few answers have no 99th percentile', () => {
  expect(roundTasks([slice(loaded(499, 20, 300))])[0]!.metrics).not.toHaveProperty('latency.p99')
})

test('the time on a core is that of the quieter slices, by request', () => {
  const slices = [10, 90, 12, 14, 50].map((each) => slice(loaded(100, 20, 300, { cpuUs: 100 * each })))
  expect(roundTasks(slices)[0]!.metrics.cpu).toBe(12)
})

test('the time on a core is left out where one slice could not see it', () => {
  const slices = [slice(loaded(100, 20, 300, { cpuUs: 1000 })), slice(loaded(100, 20, 300))]
  expect(roundTasks(slices)[0]!.metrics).not.toHaveProperty('cpu')
})

test('several requests have a latency each', () => {
  const byRequest = (p50: number) => {
    const { result } = loaded(100, 20, 300)
    const each = (factor: number) => ({ latencyUs: latency(factor * p50) }) as RequestResult
    return slice({ connections: 10, cpuUs: null, result: { ...result, byRequest: { a: each(1), b: each(2) } } })
  }
  expect(roundTasks([byRequest(100), byRequest(500), byRequest(120)])[0]!.metrics).toMatchObject({
    'latency.p50{a}': 120,
    'latency.p50{b}': 240,
  })
})

test('a metric that one round lacks is in none of them', () => {
  const round = (completed: number) => roundTasks([slice(loaded(completed, 20, 300))])
  const [load] = tasksOf([round(600), round(400), round(600)])
  expect(Object.keys(load!.metrics)).toEqual(['throughput', 'latency.p50'])
  expect(load).toMatchObject({ samples: 1600, metrics: { throughput: { rounds: [30_000, 20_000, 30_000] } } })
})
