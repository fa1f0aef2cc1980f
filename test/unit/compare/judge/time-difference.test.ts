import { describe, expect, test } from 'vitest'
import { timeDifference, timeDifferences } from '../../../../plugin/compare/judge/time-difference.js'
import { summaryOf } from '../../../../plugin/compare/times/statistics.js'
import { randomFrom } from '../../../../plugin/load/plan/template.js'
import type { MetricSamples } from '../../../../plugin/types/compare/result.js'

const NAME = { task: 'load', metric: 'latency.p50' }
const RULES = { level: 0.01, minimum: () => 0.05, paired: true }

function times(rounds: readonly number[]): MetricSamples {
  return { unit: 'us', better: 'less', summary: summaryOf(rounds), rounds }
}

/** Both sides of `count` rounds: a machine that gets slower by half meanwhile, noise of each round, and a head that takes `factor` times as long. */
function rounds(count: number, factor: number, noise: number, seed = 1): [number[], number[]] {
  const random = randomFrom(seed)
  const base: number[] = []
  const head: number[] = []
  for (let round = 0; round < count; round++) {
    const drift = 1000 * (1 + round / (2 * count))
    base.push(drift * (1 + noise * (random() - 0.5)))
    head.push(drift * factor * (1 + noise * (random() - 0.5)))
  }
  return [base, head]
}

function call(factor: number, { count = 24, noise = 0.04, seed = 1 } = {}) {
  const [base, head] = rounds(count, factor, noise, seed)
  return timeDifference(NAME, times(base), times(head), RULES)
}

describe('a change is called', () => {
  test('slower, with its size, although the machine drifts by far more', () => {
    const found = call(1.1)
    expect(found.call).toBe('slower')
    expect(found.ratio).toBeGreaterThan(1.08)
    expect(found.ratio).toBeLessThan(1.12)
    expect(found.interval[0]).toBeGreaterThan(1.05)
    expect(found.p).toBeLessThan(0.001)
  })

  test('faster where it takes less', () => {
    expect(call(0.9).call).toBe('faster')
  })

  test('by what is better: a lower throughput is slower', () => {
    const [base, head] = rounds(24, 0.9, 0.04)
    const perSecond = (values: number[]): MetricSamples => ({
      ...times(values),
      unit: 'perSecond',
      better: 'more',
    })
    expect(timeDifference(NAME, perSecond(base), perSecond(head), RULES).call).toBe('slower')
  })
})

describe('no change is called', () => {
  test('where there is none', () => {
    const found = call(1)
    expect(found).toMatchObject({ call: 'same', rounds: 24 })
    expect(found).not.toHaveProperty('moreRounds')
  })

  test('below the minimum, however certain', () => {
    const found = call(1.02, { noise: 0.001 })
    expect(found.p).toBeLessThan(0.001)
    expect(found.call).toBe('same')
  })

  test('more often than the level says: 200 comparisons of the same', () => {
    const calls = Array.from({ length: 200 }, (_, seed) => call(1, { noise: 0.5, seed }).call)
    expect(calls.filter((each) => each === 'slower' || each === 'faster').length).toBeLessThanOrEqual(4)
  })
})

describe("can't tell", () => {
  test('is said where noise hides a change, with how many more rounds would do', () => {
    const found = call(1.1, { noise: 1 })
    expect(found.call).toBe('unsure')
    expect(found.moreRounds).toBeGreaterThan(20)
  })

  test('is said of too few rounds', () => {
    expect(call(2, { count: 4 })).toMatchObject({ call: 'unsure', moreRounds: 4 })
  })

  test('becomes a call with those rounds', () => {
    const few = call(1.1, { noise: 0.3, count: 12 })
    expect(few.call).toBe('unsure')
    expect(call(1.1, { noise: 0.3, count: 12 + few.moreRounds! }).call).toBe('slower')
  })
})

test('results that were stored apart are compared without pairs', () => {
  const flat = (factor: number, seed: number) => {
    const random = randomFrom(seed)
    return times(Array.from({ length: 24 }, () => factor * (1000 + 40 * random())))
  }
  const rules = { ...RULES, paired: false }
  const found = timeDifference(NAME, flat(1, 1), flat(1.2, 2), rules)
  expect(found.call).toBe('slower')
  expect(found.ratio).toBeCloseTo(1.2, 1)
  expect(timeDifference(NAME, flat(1, 1), flat(1, 2), rules).call).toBe('same')
})

test('only what both sides measured is compared', () => {
  const task = { name: 'load', kind: 'load' as const, connections: 10, samples: 100 }
  const [base, head] = rounds(24, 1, 0.04)
  const found = timeDifferences(
    [{ ...task, metrics: { 'latency.p50': times(base), cpu: times(base) } }],
    [{ ...task, metrics: { 'latency.p50': times(head) } }],
    RULES,
  )
  expect(found.map(({ metric }) => metric)).toEqual(['latency.p50'])
})
