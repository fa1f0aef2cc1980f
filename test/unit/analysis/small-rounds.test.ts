import { expect, test } from 'vitest'
import type { Measurement } from '../../../plugin/analysis/measurement.js'
import { smallRoundsDoubt, smallRoundsNote } from '../../../plugin/analysis/small-rounds.js'
import { makePlan } from '../../../plugin/measure/plan.js'
import type { PlanInput } from '../../../plugin/measure/plan-options.js'

/** A run whose planned rounds completed so many. */
function aRun(completed: readonly number[], input: PlanInput = { command: 'a' }): Measurement {
  const moments = completed.map((units) => ({ kind: 'planned', load: { completed: units }, snapshots: [], others: [] }))
  return { plan: makePlan(input), moments } as unknown as Measurement
}

test('a command that did a round’s worth each time is not mentioned', () => {
  const run = aRun([3929, 1973, 70_000, 3389, 4603])
  expect([smallRoundsNote(run), smallRoundsDoubt(run)]).toEqual([[], []])
})

test('rounds with fewer units than planned are said', () => {
  const run = aRun([3929, 1972, 70_000, 60, 4603])
  expect(smallRoundsNote(run)).toEqual([
    'rounds 2, 4 had fewer requests than planned, the fewest 60: what comes rarely may not have shown. Let the command send more; $AMOUNT is the planned size of a round.',
  ])
  expect(smallRoundsDoubt(run)).toEqual([])
})

test('a round that is too small to tell anything takes the run its acquittal', () => {
  const run = aRun([3929, 12, 70_000, 60, 4603])
  expect(smallRoundsDoubt(run)).toEqual([
    'round 2 had too few requests to tell: 12, where 50 show a leak in every tenth. Let the command send more; $AMOUNT is the planned size of a round.',
  ])
  expect(smallRoundsNote(run)).toEqual([])
})

test('who chose the amount knows how small it is', () => {
  const run = aRun([10, 10, 10, 10, 10], { request: '/t', amount: 50, connections: 1 })
  expect([smallRoundsNote(run), smallRoundsDoubt(run)]).toEqual([[], []])
})
