import { describe, expect, test } from 'vitest'
import { parseBudgets } from '../../../plugin/budget/budget.js'
import { processCover } from '../../../plugin/budget/cover.js'
import { checkKnownLeak } from '../../../plugin/budget/known-leak.js'
import { judgeProcessBudgets } from '../../../plugin/budget/process-budget.js'
import { alignSeries } from '../../../plugin/heap/align.js'
import { parsePattern } from '../../../plugin/heap/path.js'
import { processCovers, processName, processPath } from '../../../plugin/process/path.js'
import type { BudgetInput, BudgetsInput } from '../../../plugin/types/budget.js'
import { held, memory } from '../process/build.js'
import { aProcessGrowth } from '../report/build.js'

const MOMENTS = [
  [memory({ malloc: 100, zones: { cache: 10, 'my-cache': 0 }, rss: 1000 })],
  [memory({ malloc: 2100, zones: { cache: 4010, 'my-cache': 5 }, rss: 9000 })],
]

const SPAN = { from: 0, to: 1, requests: 100 }

function judged(budgets: BudgetsInput) {
  return judgeProcessBudgets(parseBudgets(budgets), MOMENTS, SPAN, alignSeries(MOMENTS))
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
  expect(() => parseBudgets({ 'process.malloc': { strings: '1 KB' } } as Record<string, BudgetInput>)).toThrow(
    "budget for 'process.malloc' limits strings, which only the Lua heap has. Legal off the heap: total, bytesPerRequest",
  )
})

test('a wildcard over the heap does not cover the process', () => {
  expect(processCovers(['**'], { category: 'malloc' })).toBe(false)
  expect(processCovers(['process', '**'], { category: 'malloc' })).toBe(true)
  expect(processPath({ category: 'shm', zone: 'my-cache' })).toBe('process.shm["my-cache"]')
})

describe("a budget on one of malloc's holders", () => {
  const CERTS = 'registry._LOADED.certs.get.^all[*]'
  const at = (lost: number, cached: number, timers: number) => [
    held({
      paths: { [CERTS]: { cdata: 1, mal: [1, cached] } },
      nginx: { 'nginx: timers': [1, timers] },
      lost: [1, lost],
    }),
  ]
  const moments = [at(0, 100, 10), at(500, 1100, 30)]
  const judgedHolders = (budgets: BudgetsInput) =>
    judgeProcessBudgets(parseBudgets(budgets), moments, SPAN, alignSeries(moments))

  test('limits what is lost, apart from all that is held', () => {
    expect(judgedHolders({ 'process.malloc.lost': { total: 500, bytesPerRequest: 5 } })).toEqual([])
    expect(judgedHolders({ 'process.malloc.lost': { total: 499, bytesPerRequest: 4 } })).toMatchObject([
      { metric: 'total', actual: 500 },
      { metric: 'bytesPerRequest', actual: 5 },
    ])
  })

  test('names any other holder by what a report calls it', () => {
    expect(judgedHolders({ 'process.malloc["nginx: timers"]': { total: 0 } })).toMatchObject([{ actual: 20 }])
    expect(judgedHolders({ [processPath({ category: 'malloc', holder: CERTS })]: { total: 0 } })).toMatchObject([
      { actual: 1000 },
    ])
  })

  test('on malloc is on all of them together, each block once', () => {
    expect(judgedHolders({ 'process.malloc': { total: 0 } })).toMatchObject([{ actual: 1520 }])
    expect(judgedHolders({ 'process.malloc.**': { total: 0 } })).toMatchObject([{ actual: 1520 }])
  })

  test('on what is lost holds where nothing was ever lost', () => {
    const clean = [[held({ paths: {} })], [held({ paths: {} })]]
    const budgets = parseBudgets({ 'process.malloc.lost': { total: 0 }, 'process.malloc.garbage': { total: 0 } })
    expect(judgeProcessBudgets(budgets, clean, SPAN, alignSeries(clean))).toEqual([])
  })

  test('fails where nobody can tell who holds malloc, and says whose it is', () => {
    const musl = MOMENTS.map((moment) =>
      moment.map((one) => ({ ...one, process: { ...one.process, malloc: null, mallocWhy: 'musl' } })),
    )
    const lost = parseBudgets({ 'process.malloc.lost': { total: 9 } })
    expect(judgeProcessBudgets(lost, musl, SPAN, alignSeries(musl))).toEqual([
      { path: 'process.malloc.lost', metric: 'total', limit: 9, actual: 0, level: 'error', unjudged: 'musl' },
    ])
    const optional = parseBudgets({ 'process.malloc.lost': { total: 9, optional: true } })
    expect(judgeProcessBudgets(optional, musl, SPAN, alignSeries(musl))).toEqual([])
  })
})

describe('a growth that a Lua path holds', () => {
  const growth = aProcessGrowth({ holder: 'registry._LOADED.certs.get.^all[*]', vm: 'http' })
  const covered = (budgets: BudgetsInput) => processCover(growth, parseBudgets(budgets), [])
  const known = (path: string, one = growth) =>
    processCover(one, [], [checkKnownLeak({ path, reason: 'vendored' }, new Date(0))])

  test('is covered by a budget on that path only if it limits malloc there', () => {
    expect(covered({ 'package.loaded.certs': { malloc: '1 MB' } })).toBe('budget')
    expect(covered({ 'package.loaded.certs': { total: '1 MB' } })).toBeNull()
    expect(covered({ 'package.loaded.other': { malloc: '1 MB' } })).toBeNull()
  })

  test('is covered by a budget on malloc as a whole, not by one on what is lost', () => {
    expect(covered({ 'process.malloc': { total: '1 MB' } })).toBe('budget')
    expect(covered({ 'process.malloc.lost': { total: '1 MB' } })).toBeNull()
    expect(processCover(aProcessGrowth(), parseBudgets({ 'process.malloc.lost': { total: 1 } }), [])).toBe('budget')
  })

  test('is known where its path is', () => {
    expect(known('package.loaded.certs.**')).toBe('known')
    expect(known('process.malloc')).toBe('known')
    expect(known('**', aProcessGrowth())).toBeNull()
  })

  test('is named so that a budget can be, and in words by its path as it stands', () => {
    expect(processPath(growth)).toBe('process.malloc["registry._LOADED.certs.get.^all[*]"]')
    expect(processCovers(parsePattern(processPath(growth)), growth)).toBe(true)
    expect(processName(growth)).toBe('process.malloc held by registry._LOADED.certs.get.^all[*]')
    expect(processName(aProcessGrowth())).toBe('process.malloc.lost')
  })
})
