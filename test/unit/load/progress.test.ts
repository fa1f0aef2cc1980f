import { expect, test } from 'vitest'
import { type LoadProgress, progressLine, progressMeter } from '../../../plugin/load/progress.js'

test('a meter tells the rate of the last second, not of the whole load', () => {
  const told: LoadProgress[] = []
  let now = 500
  const count = progressMeter(
    (progress) => told.push(progress),
    () => now,
  )
  for (const [atMs, completed] of [
    [1000, 100],
    [1500, 200],
    [2000, 400],
    [2500, 400],
  ] as const) {
    now = atMs
    count({ completed, errors: 3 })
  }
  expect(told).toEqual([
    { completed: 100, errors: 3, elapsedMs: 500, requestsPerSecond: 200 },
    { completed: 200, errors: 3, elapsedMs: 1000, requestsPerSecond: 200 },
    { completed: 400, errors: 3, elapsedMs: 1500, requestsPerSecond: 300 },
    { completed: 400, errors: 3, elapsedMs: 2000, requestsPerSecond: 200 },
  ])
})

const LATE: LoadProgress = { completed: 120_000, errors: 1, elapsedMs: 3100, requestsPerSecond: 41_230.4 }

function lines(plan: { amount: number; durationS?: number }, ...progress: LoadProgress[]): string[] {
  const told: string[] = []
  progress.forEach(progressLine(plan, (line) => told.push(line)))
  return told
}

test('a line names the amount or the duration, the rate and the errors', () => {
  expect(lines({ amount: 500_000 }, LATE)).toEqual(['120,000 of 500,000 requests, 41,230/s, 1 error'])
  expect(lines({ amount: Number.POSITIVE_INFINITY, durationS: 10 }, LATE)).toEqual([
    '120,000 requests in 3 of 10 s, 41,230/s, 1 error',
  ])
})

test('a load says nothing in its first two seconds', () => {
  expect(lines({ amount: 500_000 }, { ...LATE, elapsedMs: 2000 }, { ...LATE, errors: 0 })).toEqual([
    '120,000 of 500,000 requests, 41,230/s, 0 errors',
  ])
})
