import { expect, test } from 'vitest'
import { parseBudgets } from '../../../plugin/heap/budget.js'
import { judgeProcessBudgets } from '../../../plugin/process/budget.js'
import { processCovers, processPath } from '../../../plugin/process/path.js'
import type { BudgetsInput } from '../../../plugin/types/budget.js'
import { memory } from './build.js'

const MOMENTS = [
  [memory({ malloc: 100, zones: { cache: 10, 'my-cache': 0 }, rss: 1000 })],
  [memory({ malloc: 2100, zones: { cache: 4010, 'my-cache': 5 }, rss: 9000 })],
]

function judged(budgets: BudgetsInput) {
  return judgeProcessBudgets(parseBudgets(budgets), MOMENTS, { from: 0, to: 1, requests: 100 })
}

test('a limit that holds is silent', () => {
  expect(judged({ 'process.malloc': { total: 2000, bytesPerRequest: 20 }, 'process.rss': { total: '8 KB' } })).toEqual(
    [],
  )
})

test('a limit that is exceeded says by what', () => {
  expect(judged({ 'process.malloc': { total: 1999, bytesPerRequest: 19 } })).toEqual([
    { path: 'process.malloc', metric: 'total', limit: 1999, actual: 2000, level: 'error' },
    { path: 'process.malloc', metric: 'bytesPerRequest', limit: 19, actual: 20, level: 'error' },
  ])
})

test('zones are named, one by one or all together', () => {
  expect(judged({ 'process.shm.cache': { total: 0 } })).toMatchObject([{ actual: 4000 }])
  expect(judged({ 'process.shm["my-cache"]': { total: 0 } })).toMatchObject([{ actual: 5 }])
  expect(judged({ 'process.shm.*': { total: 0 } })).toMatchObject([{ actual: 4005 }])
  expect(judged({ 'process.rss': { total: 0, level: 'warn' } })).toMatchObject([{ actual: 8000, level: 'warn' }])
})

test('a budget on what is not there names what was meant, unless it is optional', () => {
  expect(judged({ 'process.shm.cahce': { total: 0 } })).toEqual([
    {
      path: 'process.shm.cahce',
      metric: 'total',
      limit: 0,
      actual: 0,
      level: 'error',
      nearest: ['process.shm.cache'],
    },
  ])
  expect(judged({ 'process.shm.gone': { total: 0, optional: true } })).toEqual([])
})

test('what only the Lua heap has cannot be limited off it', () => {
  expect(() => parseBudgets({ 'process.malloc': { strings: '1 KB' } })).toThrow(
    "budget for 'process.malloc' limits strings, which only the Lua heap has. Legal off the heap: total, bytesPerRequest",
  )
})

test('a wildcard over the heap does not cover the process', () => {
  expect(processCovers('**', { category: 'malloc' })).toBe(false)
  expect(processCovers('process.**', { category: 'malloc' })).toBe(true)
  expect(processPath({ category: 'shm', zone: 'my-cache' })).toBe('process.shm["my-cache"]')
})
