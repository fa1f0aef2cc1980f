import { describe, expect, test } from 'vitest'
import { parseBudgetArgument, parseBudgets, parseSize } from '../../../plugin/budget/budget.js'
import { judgeBudgets } from '../../../plugin/budget/budget-judge.js'
import { alignSeries } from '../../../plugin/heap/align.js'
import type { BudgetInput, BudgetsInput } from '../../../plugin/types/budget.js'
import type { Violation } from '../../../plugin/types/report.js'
import { type HeapContents, snapshot } from '../heap/build.js'

describe('parseSize', () => {
  test.each([
    [64000, 64000],
    ['64000', 64000],
    ['64KB', 64000],
    ['64 kb', 64000],
    ['1.5 MiB', 1572864],
    ['2GB', 2e9],
    ['1 KiB', 1024],
    ['0', 0],
  ])('%j is %d bytes', (size, bytes) => {
    expect(parseSize(size)).toBe(bytes)
  })

  test.each(['', '64 K', 'KB', '-1', '1e3', '64 KB/s'])('refuses %j and names the units', (size) => {
    expect(() => parseSize(size)).toThrow(/is no size: write bytes, or a number with B, KB, MB, GB \(1000\)/)
  })

  test.each([-1, Number.NaN, Number.POSITIVE_INFINITY])('refuses %d', (size) => {
    expect(() => parseSize(size)).toThrow('is no size')
  })
})

describe('budgets as users write them', () => {
  test('get their sizes in bytes and their defaults', () => {
    expect(
      parseBudgets({
        'package.loaded.demo.foo': { strings: '64 KB', objectsPerRequest: 0.5, entries: '10', level: 'warn' },
      }),
    ).toEqual([
      {
        path: 'package.loaded.demo.foo',
        pattern: ['registry', '._LOADED', '.demo', '.foo'],
        limits: { strings: 64000, entries: 10, objectsPerRequest: 0.5 },
        level: 'warn',
        optional: false,
      },
    ])
  })

  test('on the command line are split at the last colon', () => {
    expect(parseBudgetArgument('globals["a:b=c"]:strings=64KB,tables=16KiB,optional=true')).toEqual({
      path: 'globals["a:b=c"]',
      pattern: ['globals', '["a:b=c"]'],
      limits: { strings: 64000, tables: 16384 },
      level: 'error',
      optional: true,
    })
  })

  const bad = (budget: BudgetInput) => () => parseBudgets({ 'globals.a': budget })

  test.each([
    [
      'an unknown key, with the nearest',
      bad({ string: '1 KB' } as BudgetInput),
      "no key 'string'; did you mean strings?",
    ],
    [
      'a size that is none',
      bad({ strings: '64 K' as '64 KB' }),
      `strings of the budget for 'globals.a': "64 K" is no size`,
    ],
    ['a count that is none', bad({ entries: 'many' as '1' }), `entries of the budget for 'globals.a' is "many"`],
    ['an empty count', bad({ entries: '' as '1' }), `entries of the budget for 'globals.a' is ""`],
    ['a negative count', bad({ objects: -1 }), 'is -1; it is a number from 0 up'],
    ['no limit', bad({ level: 'warn' }), "budget for 'globals.a' has no limit"],
    ['a level that is none', bad({ strings: 1, level: 'info' as 'warn' }), `is "info"; it is 'error' or 'warn'`],
    [
      'a path that is none',
      () => parseBudgets({ 'demo.foo': { strings: 1 } } as Record<string, BudgetInput>),
      "budget path 'demo.foo' is no reference path",
    ],
    [
      'two for one path',
      () => parseBudgets({ '_G.a': { strings: 1 }, 'globals.a': { tables: 1 } }),
      "two budgets for one path, '_G.a' and 'globals.a'",
    ],
    ['an argument without a colon', () => parseBudgetArgument('globals.a'), 'write PATH:key=value'],
    ['an argument without limits', () => parseBudgetArgument('globals.a:'), 'write PATH:key=value'],
    ['a pair without a value', () => parseBudgetArgument('globals.a:strings'), "'strings' in budget"],
    ['a key given twice', () => parseBudgetArgument('globals.a:strings=1,strings=2'), 'gives strings twice'],
    [
      'a flag that is none',
      () => parseBudgetArgument('globals.a:strings=1,optional=yes'),
      "is 'yes'; it is true or false",
    ],
  ])('refuse %s', (_title, parse, message) => {
    expect(parse).toThrow(message)
  })
})

/** Violations of a heap before and after 1000 requests. */
function judge(budgets: BudgetsInput, before: HeapContents, after: HeapContents, requests = 1000): Violation[] {
  const series = alignSeries([[snapshot(before)], [snapshot(after)]])
  return judgeBudgets(parseBudgets(budgets), series, { from: 0, to: 1, requests })
}

const heap = (n: number): HeapContents => ({
  'globals.a': { table: [1, 64 + 8 * n], e: { '[*]': n } },
  'globals.a[*]': { string: [n, 40 * n] },
  'globals.b': { table: 1, e: { '{*}': n } },
  'globals.b{*}': { function: [n, 50 * n] },
})

describe('a budget', () => {
  const actual = (path: string, limits: BudgetInput) =>
    judge({ [path]: limits }, heap(100), heap(1100)).map((violation) => [violation.metric, violation.actual])

  test('covers the path and everything below it', () => {
    expect(actual('globals.a', { strings: 0, tables: 0, total: 0, objects: 0, entries: 0 })).toEqual([
      ['tables', 8000],
      ['strings', 40_000],
      ['total', 48_000],
      ['objects', 1000],
      ['entries', 1000],
    ])
  })

  test('on malloc limits what only Lua holds at the path and below, and says so where nobody can tell', () => {
    const held = (n: number): HeapContents => ({
      'globals.a': { table: 1, mal: [1, 100] },
      'globals.a[*]': { cdata: n, mal: [n, 48 * n] },
      'globals.b': { table: 1, mal: [n, 7 * n] },
    })
    const budgets = { 'globals.a': { malloc: '1 KB' } } as const
    expect(judge(budgets, held(1), held(21))).toEqual([])
    expect(judge(budgets, held(1), held(101))).toEqual([
      { path: 'globals.a', metric: 'malloc', limit: 1000, actual: 4800, level: 'error' },
    ])
    const series = alignSeries([[snapshot(held(1))], [snapshot(held(1))]])
    expect(judgeBudgets(parseBudgets(budgets), series, { from: 0, to: 1, requests: 1 }, 'musl')).toEqual([
      { path: 'globals.a', metric: 'malloc', limit: 1000, actual: 0, level: 'error', unjudged: 'musl' },
    ])
  })

  test('divides by the requests', () => {
    expect(actual('globals', { objectsPerRequest: 0, entriesPerRequest: 0, bytesPerRequest: 0 })).toEqual([
      ['objectsPerRequest', 2],
      ['entriesPerRequest', 2],
      ['bytesPerRequest', 98],
    ])
  })

  test('counts what two wildcards meet once', () => {
    expect(actual('globals.**', { objects: 0 })).toEqual([['objects', 2000]])
  })

  test('holds at its limit', () => {
    expect(actual('globals.a', { strings: 40_000 })).toEqual([])
    expect(actual('globals.a', { strings: 39_999 })).toEqual([['strings', 40_000]])
  })

  test('lets things shrink', () => {
    expect(judge({ 'globals.a': { total: 0, objects: 0 } }, heap(1100), heap(100))).toEqual([])
  })

  test('bounds what is held, not what was gained', () => {
    expect(actual('globals.a', { bound: 1099 })).toEqual([['bound', 1100]])
    expect(actual('globals.a', { bound: 1100 })).toEqual([])
  })

  test('bounds the items of a recognised cache', () => {
    const cache: HeapContents = { 'globals.c': { table: 1, e: { '{*}': 6 }, lru: [1, 70, 100] } }
    expect(judge({ 'globals.c': { bound: 69 } }, cache, cache)).toMatchObject([{ metric: 'bound', actual: 70 }])
  })

  test('keeps its level', () => {
    expect(judge({ 'globals.a': { strings: 0, level: 'warn' } }, heap(1), heap(2))).toMatchObject([{ level: 'warn' }])
  })
})

describe('a budget whose path never existed', () => {
  const modules: HeapContents = {
    'registry._LOADED.demo.go': { function: 1 },
    'registry._LOADED.demo.go.^cache': { table: 1 },
    'registry._LOADED.demo.config': { table: 1 },
    'registry._LOADED["resty.core"]': { table: 1 },
  }

  test('fails and names the nearest that do', () => {
    expect(judge({ 'package.loaded.demo.go.cahce': { strings: '1 MB' } }, modules, modules)).toEqual([
      {
        path: 'package.loaded.demo.go.cahce',
        metric: 'strings',
        limit: 1_000_000,
        actual: 0,
        level: 'error',
        nearest: ['registry._LOADED.demo.go.^cache', 'registry._LOADED.demo.go', 'registry._LOADED.demo.config'],
      },
    ])
  })

  test('may have left out the function that an upvalue belongs to', () => {
    const [violation] = judge({ 'package.loaded.demo.cahce': { strings: 0 } }, modules, modules)
    expect(violation!.nearest![0]).toBe('registry._LOADED.demo.go.^cache')
  })

  test('passes if it is optional', () => {
    expect(judge({ 'globals.later': { strings: 0, optional: true } }, modules, modules)).toEqual([])
  })
})
