import { test, expect as vitestExpect } from 'vitest'
import type { LeakRun } from '../../../plugin/analysis/leak-run.js'
import type { PlanInput } from '../../../plugin/measure/plan-options.js'
import type { BudgetInput, BudgetsInput } from '../../../plugin/types/budget.js'
import type { LoadResult } from '../../../plugin/types/load.js'
import type { LeakReport } from '../../../plugin/types/report.js'
import type { LeakExpect } from '../../../plugin/vitest/leak-expect.js'

/** Compiled, never run: `npm run typecheck` fails where a line that must not compile does, or one that must does not. */
async function whatCompiles(expect: LeakExpect, run: LeakRun, report: LeakReport, load: LoadResult) {
  const any = JSON.parse('{}')
  const measuring = Promise.resolve(run)
  expect(run).toHoldHeap()
  expect(run).not.toHoldHeap()
  expect(run).toStayWithinBudget({ 'package.loaded.demo.foo': { strings: '64 KB', tables: '1.5MiB', total: 64_000 } })
  expect(run).toMeetThresholds({ errors: 0 })
  expect(report).toHoldHeap()
  expect(load).toMeetThresholds({ errors: 0 })
  expect(any).toHoldHeap()
  await expect(measuring).resolves.toHoldHeap()
  await expect(measuring).resolves.not.toHoldHeap()
  expect(3).toBe(3)
  expect('a').not.toContain('b')
  expect({ a: 1 }, 'a message').toMatchObject({ a: 1 })
  await expect(Promise.reject(new Error('no'))).rejects.toThrow('no')
  expect.soft(3).toBe(3)

  // @ts-expect-error nobody measured a number
  expect(3).toHoldHeap()
  // @ts-expect-error an await is missing
  expect(measuring).toHoldHeap()
  // @ts-expect-error and here
  expect(measuring).not.toHoldHeap()
  // @ts-expect-error a load has no heap
  expect(load).toHoldHeap()
  // @ts-expect-error a report that was read back has lost its measurement
  expect(report).toStayWithinBudget({})
  const budgets: BudgetsInput = {
    'package.loaded.sessions.**': { objectsPerRequest: 0.01, level: 'warn' },
    '_G["a key"]': { bound: 3 },
    '**.cache': { entries: 1 },
    'gcroot.ctype_state': { total: 0 },
    'process.malloc["nginx: connections"]': { total: '1 MB' },
    'process.shm.cache': { bytesPerRequest: 0.5, optional: true },
  }
  const made: Record<string, BudgetInput> = Object.fromEntries([['package.loaded.demo', { strings: 1 }]])
  expect(run).toStayWithinBudget(budgets)
  expect(run).toStayWithinBudget(made)

  // @ts-expect-error no path begins so
  expect(run).toStayWithinBudget({ 'pakage.loaded.demo': { strings: '64 KB' } })
  // @ts-expect-error a step is missing its dot
  expect(run).toStayWithinBudget({ globalscache: { strings: '64 KB' } })
  // @ts-expect-error no memory is called so
  expect(run).toStayWithinBudget({ 'process.maloc.lost': { total: '64 KB' } })
  // @ts-expect-error no strings are off the Lua heap
  expect(run).toStayWithinBudget({ 'process.malloc': { strings: '64 KB' } })
  // @ts-expect-error no such unit, of a plan either
  const plan: PlanInput = { request: '/t', budgets: { 'package.loaded.demo': { strings: '64KBB' } } }
  // @ts-expect-error no such unit
  const unit: BudgetInput = { strings: '64 KBytes' }
  // @ts-expect-error a number of objects has no unit
  const objects: BudgetsInput = { x: { objects: '64 KB' } }
  return [unit, objects, plan]
}

test('what must not compile is held by the type check', () => {
  vitestExpect(whatCompiles).toBeTypeOf('function')
})
