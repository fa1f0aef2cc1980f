import { type ExpectStatic, expect as vitestExpect } from 'vitest'
import type { LeakRun } from '../analysis/leak-run.js'
import type { ThresholdsInput } from '../load/thresholds/thresholds.js'
import type { BudgetsInput } from '../types/budget.js'
import type { LoadResult } from '../types/load.js'
import type { LeakReport } from '../types/report.js'

/** Of what `load` returned, and of a run, whose load it is. */
export interface LoadMatchers {
  /** The load met these thresholds: `{ 'latency.p99': '< 20ms', errors: 0, '5xx{POST /t}': '< 0.1%' }`. */
  toMeetThresholds(thresholds: ThresholdsInput): void
}

/** Of a report, also one that was read back from a file. */
export interface ReportMatchers extends LoadMatchers {
  /** No sustained growth on any path, or none that the plan's budgets and known leaks don't cover. */
  toHoldHeap(): void
}

/** Of what `measure` returned. */
export interface RunMatchers extends ReportMatchers {
  /** Growth within these budgets, by path: `{ 'package.loaded.demo.foo': { strings: '64 KB' } }`. */
  toStayWithinBudget(budgets: BudgetsInput): void
}

/** Our matchers for a value of this type: none for what nobody measured, such as a promise that is not awaited. */
export type LeakMatchers<T> = 0 extends 1 & T
  ? RunMatchers
  : T extends LeakRun
    ? RunMatchers
    : T extends LeakReport
      ? ReportMatchers
      : T extends LoadResult
        ? LoadMatchers
        : unknown

/** Vitest's own, whose type parameters differ from version to version. */
type VitestAssertion = ReturnType<typeof vitestExpect<unknown>>
type Replaced = keyof RunMatchers | 'not' | 'resolves' | 'rejects'

/** What `expect` returns for a value of this type. */
export type LeakAssertion<T> = Omit<VitestAssertion, Replaced> &
  LeakMatchers<T> & {
    readonly not: LeakAssertion<T>
    readonly resolves: Promised<LeakAssertion<Awaited<T>>>
    readonly rejects: VitestAssertion['rejects']
  }

type Promised<A> = {
  readonly [K in keyof A]: A[K] extends (...args: infer Args) => unknown
    ? (...args: Args) => Promise<void>
    : Promised<A[K]>
}

/** Vitest's `expect`; our matchers are there for what they are for. */
export interface LeakExpect extends Omit<ExpectStatic, never> {
  <T>(actual: T, message?: string): LeakAssertion<T>
}

export const expect: LeakExpect = vitestExpect as unknown as LeakExpect
