import { expect, test } from 'vitest'
import { mergeLoads } from '../../../plugin/analysis/merge-loads.js'
import type { LoadResult } from '../../../plugin/types/load.js'

function run(completed: number, mean: number, stdev: number, p99: number): LoadResult {
  const latencyUs = { min: mean / 2, mean, stdev, max: p99 * 2, p50: mean, p75: mean, p90: mean, p99, p999: p99 }
  return {
    asked: completed,
    completed,
    durationMs: 100,
    bytesRead: 10 * completed,
    statuses: { 200: completed - 1, 404: 1 },
    unexpected: 1,
    errors: { connect: 0, reset: 1, timeout: 0, closed: 2 },
    requestsPerSecond: completed * 10,
    latencyUs,
    perRequest: { a: completed },
    byRequest: {
      a: { completed, unexpected: 1, statuses: { 200: completed }, requestsPerSecond: completed * 10, latencyUs },
    },
  }
}

test('adds counts and takes the whole time for the rate', () => {
  expect(mergeLoads([run(100, 50, 0, 90), run(300, 50, 0, 80)])).toMatchObject({
    asked: 400,
    completed: 400,
    durationMs: 200,
    bytesRead: 4000,
    statuses: { 200: 398, 404: 2 },
    unexpected: 2,
    errors: { connect: 0, reset: 2, timeout: 0, closed: 4 },
    requestsPerSecond: 2000,
    perRequest: { a: 400 },
    byRequest: { a: { completed: 400, statuses: { 200: 400 }, requestsPerSecond: 2000 } },
  })
})

test('has the exact mean and deviation, and the worst percentile', () => {
  // 100 times 40 and 100 times 60 have mean 50 and deviation 10.
  const merged = mergeLoads([run(100, 40, 0, 90), run(100, 60, 0, 80)])!
  expect(merged.latencyUs!).toMatchObject({ min: 20, mean: 50, stdev: 10, p99: 90, max: 180 })
})

test('has the rate of a thread over the whole time, and the mean share within a deviation', () => {
  const of = (completed: number, share: number, rate: number): LoadResult => ({
    ...run(completed, 40, 0, 90),
    durationMs: 100,
    latencyWithinStdev: share,
    threadRate: { mean: rate, stdev: 0, max: rate, withinStdev: share },
  })
  expect(mergeLoads([of(300, 0.8, 1000), of(100, 0.4, 3000)])).toMatchObject({
    latencyWithinStdev: expect.closeTo(0.7),
    threadRate: { mean: 2000, stdev: 1000, max: 3000, withinStdev: expect.closeTo(0.6) },
  })
})

test('ignores the latency of a run in which nothing was completed', () => {
  const merged = mergeLoads([run(100, 40, 0, 90), { ...run(100, 0, 0, 0), completed: 0 }])!
  expect(merged.latencyUs!.min).toBe(20)
})

test('keeps the first error and the reason for giving up', () => {
  const merged = mergeLoads([
    run(1, 1, 0, 1),
    { ...run(1, 1, 0, 1), firstError: 'ECONNRESET', gaveUp: 'too many errors' },
  ])
  expect(merged).toMatchObject({ firstError: 'ECONNRESET', gaveUp: 'too many errors' })
})

test('is null for no run', () => {
  expect(mergeLoads([])).toBeNull()
})
