import { expect, test } from 'vitest'
import { addReport, reportsOf } from '../../../plugin/vitest/task-meta.js'
import { aLeak, aReport } from '../report/build.js'

test('reports gather in a test’s meta, as plain JSON', () => {
  const meta = { theirs: 1 }
  const run = Object.defineProperty(aLeak(), 'withBudgets', { value: () => aReport() })
  addReport(meta, aReport())
  addReport(meta, run)
  expect(reportsOf(meta)).toEqual([aReport(), aLeak()])
  expect(structuredClone(meta)).toMatchObject({ theirs: 1 })
})

test('a test that measured nothing has none', () => {
  expect(reportsOf({})).toEqual([])
  expect(reportsOf({ openrestyLeak: 'something else' })).toEqual([])
})
