import { beforeEach, expect, inject } from 'vitest'
import type { ThresholdsInput } from '../load/thresholds/thresholds.js'
import type { BudgetsInput } from '../types/budget.js'
import type { LeakReport } from '../types/report.js'
import { type AnnotatedTask, attachReport } from './attach-report.js'
import { explainForeignTest } from './foreign-test.js'
import { type MatcherResult, toHoldHeap, toMeetThresholds, toStayWithinBudget } from './matchers.js'
import { seenFrom } from './test-call.js'

/** What a matcher's `this` has of its test. Vitest 3 does not say which test that is. */
interface ExpectState {
  readonly task?: unknown
  readonly isNot?: boolean
}

// Zero where Vitest's output is no terminal, undefined where the plugin is not in the config.
const width = (inject('openrestyLeakColumns') as number | undefined) || undefined

const attaches = inject('openrestyLeakAttaches') as boolean | undefined

expect.extend({
  toHoldHeap: seenByTest(function (received: unknown) {
    const result = toHoldHeap.call({ isNot: this.isNot, ...(width && { width }) }, received)
    attachFailure(this, received, result)
    return result
  }),
  toStayWithinBudget: seenByTest(function (received: unknown, budgets: BudgetsInput) {
    const result = toStayWithinBudget.call({ isNot: this.isNot, ...(width && { width }) }, received, budgets)
    attachFailure(this, received, result)
    return result
  }),
  toMeetThresholds: seenByTest(toMeetThresholds),
})

/** What a matcher throws shows the line of the test, and none of our frames. */
function seenByTest<Given extends unknown[]>(
  matcher: (this: ExpectState, received: unknown, ...given: Given) => MatcherResult,
) {
  return function seen(this: ExpectState, received: unknown, ...given: Given): MatcherResult {
    const here = { stack: '' }
    Error.captureStackTrace(here, seen)
    try {
      return matcher.call(this, received, ...given)
    } catch (error) {
      throw seenFrom(here.stack, error)
    }
  }
}

/** Where the result is a failure its test gets the report. */
function attachFailure({ task, isNot }: ExpectState, report: unknown, result: MatcherResult): void {
  if (!attaches || !task || result.pass !== Boolean(isNot)) return
  attachReport(task as AnnotatedTask, report as LeakReport, result.message().split('\n', 1)[0]!)
}

// Vitest reads the parameter's text, so it has to be a pattern.
beforeEach(({ task }) => explainForeignTest(task.context))

declare global {
  // Vitest's own Matchers interface takes one type parameter in 3 and 4 and two in 5; this one is the same in all of them.
  namespace Chai {
    interface Assertion {
      /** No sustained growth on any path, or none that the plan's budgets and known leaks don't cover. */
      toHoldHeap(): void
      /** Growth within these budgets, by path: `{ 'package.loaded.demo.foo': { strings: '64 KB' } }`. */
      toStayWithinBudget(budgets: BudgetsInput): void
      /** The load met these thresholds: `{ 'latency.p99': '< 20ms', errors: 0, '5xx{POST /t}': '< 0.1%' }`. */
      toMeetThresholds(thresholds: ThresholdsInput): void
    }
  }
}
