import { expect, test } from 'vitest'
import { checkLoadPlan } from '../../../../plugin/load/plan/plan.js'
import type { LoadPlan } from '../../../../plugin/types/load.js'

const PLAN: LoadPlan = { requests: [{ path: '/t' }], amount: 100, connections: 10, expectStatus: [[200, 399]] }

test.each<Partial<LoadPlan>>([
  {},
  { amount: Number.POSITIVE_INFINITY, durationS: 0.5 },
  { threads: 10, rate: 0.5, timeoutS: 0.01, firstNumber: 0 },
])('takes %j', (part) => {
  expect(() => checkLoadPlan({ ...PLAN, ...part })).not.toThrow()
})

test.each<[Partial<LoadPlan>, string]>([
  [{ requests: [] }, "the plan has no requests: give one, such as '/t'"],
  [{ amount: 0 }, 'amount 0 is no count: give a whole number from 1 on'],
  [{ amount: 10.5 }, 'amount 10.5 is no count'],
  [{ amount: Number.POSITIVE_INFINITY }, 'the plan has neither an amount nor a duration: give one of them'],
  [{ connections: 0 }, 'connections 0 is no count'],
  [
    { connections: 101 },
    '101 connections are more than 100 requests: some would have nothing to do; give 100 connections at most',
  ],
  [{ threads: 11 }, '11 threads are more than 10 connections: each thread needs one of its own'],
  [{ rate: 0 }, 'rate 0 makes no sense: give a number above 0'],
  [{ durationS: -1 }, 'duration -1 makes no sense'],
  [{ timeoutS: Number.NaN }, 'timeout NaN makes no sense'],
  [{ firstNumber: -1 }, 'firstNumber -1 is no count'],
])('refuses %j', (part, message) => {
  expect(() => checkLoadPlan({ ...PLAN, ...part })).toThrow(message)
})
