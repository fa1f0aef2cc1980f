import { beforeEach, expect, inject } from 'vitest'
import type { ThresholdsInput } from '../load/thresholds/thresholds.js'
import type { BudgetsInput } from '../types/budget.js'
import { explainForeignTest } from './foreign-test.js'
import { toHoldHeap, toMeetThresholds, toStayWithinBudget } from './matchers.js'

// Zero where Vitest's output is no terminal, undefined where the plugin is not in the config.
const width = (inject('openrestyLeakColumns') as number | undefined) || undefined

expect.extend({
  toHoldHeap(received: unknown) {
    return toHoldHeap.call({ isNot: this.isNot, ...(width && { width }) }, received)
  },
  toStayWithinBudget(received: unknown, budgets: BudgetsInput) {
    return toStayWithinBudget.call({ isNot: this.isNot, ...(width && { width }) }, received, budgets)
  },
  toMeetThresholds,
})

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
