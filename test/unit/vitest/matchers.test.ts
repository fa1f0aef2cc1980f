import { describe, expect, test } from 'vitest'
import '../../../plugin/vitest/setup.js'
import { wholeText } from '../../../plugin/report/terminal/whole-text.js'
import type { BudgetsInput } from '../../../plugin/types/budget.js'
import type { LoadResult } from '../../../plugin/types/load.js'
import type { LeakReport } from '../../../plugin/types/report.js'
import { aGrowth, aLeak, aReport } from '../report/build.js'

/** A run whose measurement answers every set of budgets with `judged`. */
function aRun(report: LeakReport, judged: LeakReport = report): LeakReport {
  return Object.defineProperty({ ...report }, 'withBudgets', { value: (_budgets: BudgetsInput) => judged })
}

function aLoad(overrides: Partial<LoadResult> = {}): LoadResult {
  const latencyUs = { min: 1, mean: 2, stdev: 1, max: 31_200, p50: 2, p75: 3, p90: 4, p99: 25_000, p999: 30_000 }
  const errors = { connect: 0, reset: 0, timeout: 0, closed: 0 }
  return {
    asked: 10,
    completed: 10,
    durationMs: 5,
    bytesRead: 100,
    statuses: { 200: 10 },
    unexpected: 0,
    errors,
    requestsPerSecond: 2000,
    latencyUs,
    perRequest: { 'GET /t': 10 },
    ...overrides,
  }
}

/** The message that a failing assertion shows. */
function failure(assertion: () => void): string {
  try {
    assertion()
  } catch (error) {
    return (error as Error).message
  }
  throw new Error('the assertion passed')
}

const UNTOLD = [
  aReport({ verdict: 'invalid', passed: false, reasons: ['all answers were 404'] }),
  aReport({ verdict: 'inconclusive', passed: false, reasons: ['it slows down'] }),
]

describe('toHoldHeap', () => {
  test('passes for a heap that held, and for growth that was accepted', () => {
    expect(aReport()).toHoldHeap()
    expect(aLeak([aGrowth({ coveredBy: 'known' })], { passed: true })).toHoldHeap()
  })

  test('fails on a leak with what the command prints', () => {
    expect(failure(() => expect(aLeak()).toHoldHeap())).toBe(wholeText(aLeak()))
  })

  test('.not passes on a leak, and on a clean run says what held', () => {
    expect(aLeak()).not.toHoldHeap()
    expect(failure(() => expect(aReport()).not.toHoldHeap())).toBe(
      'expected a failure, but: heap held: no sustained growth in 5 rounds, 20,157 requests',
    )
  })

  test.each(UNTOLD)('fails with and without .not on a run that is $verdict', (report) => {
    expect(failure(() => expect(report).toHoldHeap())).toBe(wholeText(report))
    expect(failure(() => expect(report).not.toHoldHeap())).toBe(wholeText(report))
  })

  test('refuses what is no run, and recognises a missing await', () => {
    expect(failure(() => expect({ verdict: 'ok' }).toHoldHeap())).toBe(
      'toHoldHeap needs what server.measure() returned, not an object of Object.',
    )
    expect(failure(() => expect(Promise.resolve(aReport())).toHoldHeap())).toContain('is there an await missing?')
    expect(failure(() => expect(undefined).toHoldHeap())).toContain('not undefined')
  })
})

describe('toStayWithinBudget', () => {
  const BUDGETS = { 'package.loaded.demo.foo': { strings: '64 KB' } } as const
  const violation = {
    path: 'package.loaded.demo.foo',
    metric: 'strings',
    limit: 64_000,
    actual: 848_610,
    level: 'error',
  } as const

  test('judges by its own budgets alone: a leak elsewhere does not count', () => {
    expect(aRun(aLeak([aGrowth({ path: 'globals.other[*]' })]))).toStayWithinBudget(BUDGETS)
  })

  test('fails on a violated budget with the budgets first, then the whole report', () => {
    const judged = aLeak([aGrowth({ coveredBy: 'budget' })], { violations: [violation] })
    expect(failure(() => expect(aRun(aLeak(), judged)).toStayWithinBudget(BUDGETS))).toBe(
      `1 of 1 budget exceeded:\n  package.loaded.demo.foo   strings 848.6 KB, budget 64 KB   exceeded\n\n${wholeText(judged)}`,
    )
    expect(aRun(aLeak(), judged)).not.toStayWithinBudget(BUDGETS)
  })

  test('a warning does not fail', () => {
    expect(aRun(aReport({ violations: [{ ...violation, level: 'warn' }] }))).toStayWithinBudget(BUDGETS)
  })

  test('fails with and without .not on an invalid run', () => {
    const invalid = aRun(UNTOLD[0]!)
    expect(failure(() => expect(invalid).toStayWithinBudget(BUDGETS))).toContain('not measured: all answers were 404')
    expect(failure(() => expect(invalid).not.toStayWithinBudget(BUDGETS))).toContain('not measured')
  })

  test('refuses a report that lost its measurement', () => {
    expect(failure(() => expect(aReport()).toStayWithinBudget(BUDGETS))).toContain('read back from a file')
  })
})

describe('toMeetThresholds', () => {
  test('judges the load of a run, or a load on its own', () => {
    expect(aReport({ load: aLoad() })).toMeetThresholds({ errors: 0, 'latency.p99': '< 30ms' })
    expect(aLoad()).toMeetThresholds({ non2xx: 0 })
  })

  test('fails with every threshold beside its actual value', () => {
    const message = failure(() => expect(aLoad()).toMeetThresholds({ 'latency.p99': '< 20ms', errors: 0 }))
    expect(message).toMatch(/^1 of 2 thresholds missed:\n\n {2}x latency\.p99 +< 20ms +25/)
    expect(message.split('\n')).toHaveLength(4)
  })

  test('a run without any load cannot meet a threshold', () => {
    expect(failure(() => expect(aReport({ load: null })).toMeetThresholds({ errors: 0 }))).toContain(
      'no load was completed',
    )
    expect(failure(() => expect(aReport({ load: null })).not.toMeetThresholds({ errors: 0 }))).toContain(
      'no load was completed',
    )
  })
})

describe('what a matcher cannot take', () => {
  const thrown = (assertion: () => void): Error => {
    try {
      assertion()
    } catch (error) {
      return error as Error
    }
    throw new Error('the assertion passed')
  }
  // As from JavaScript, which knows no types.
  const expectAny = expect as unknown as (value: unknown) => Record<string, (given?: unknown) => void>

  test.each([
    ['no report', () => expectAny(3).toHoldHeap!(), 'toHoldHeap needs what server.measure() returned, not 3.'],
    ['a promise', () => expectAny(Promise.resolve()).toHoldHeap!(), 'is there an await missing?'],
    ['no budgets', () => expectAny(aRun(aReport())).toStayWithinBudget!(), "such as toStayWithinBudget({ 'package."],
    ['no thresholds', () => expectAny(aLoad()).toMeetThresholds!(), "such as toMeetThresholds({ 'latency.p99'"],
    ['no metric', () => expectAny(aLoad()).toMeetThresholds!({ p99: '<1ms' }), 'did you mean latency.p99?'],
  ])('%s, is told at the line of the test, with no frame of ours', (_, assertion, words) => {
    const { message, stack } = thrown(assertion)
    expect(message).toContain(words)
    expect(stack).toContain('matchers.test.ts')
    expect(stack).not.toContain('plugin/')
  })
})
