import { describe, expect, test } from 'vitest'
import { errorText } from '../../../../plugin/cli/terminal/message.js'
import { judgeComparison } from '../../../../plugin/compare/judge/judge.js'
import { DEFAULT_MINIMUMS } from '../../../../plugin/compare/judge/thresholds.js'
import { compareText } from '../../../../plugin/report/compare/compare-text.js'
import { differenceText } from '../../../../plugin/report/live/difference-text.js'
import { heapText } from '../../../../plugin/report/live/heap-text.js'
import { memoryText } from '../../../../plugin/report/live/memory-text.js'
import { table } from '../../../../plugin/report/terminal/columns.js'
import { runTable } from '../../../../plugin/report/terminal/table.js'
import { wholeText } from '../../../../plugin/report/terminal/whole-text.js'
import { visibleWidth, wrapText } from '../../../../plugin/report/terminal/wrap.js'
import type { MemoryRow } from '../../../../plugin/types/snapshot.js'
import { aKept, aResult, aLoad as aTask } from '../../compare/build.js'
import { type HeapContents, snapshot } from '../../heap/build.js'
import { aGrowth, aLeak, aProcessGrowth, aReport, someReports } from '../build.js'

/** A path as a gateway has them. */
const LONG =
  'registry._LOADED["gateway.plugins.rate-limiting.policies"].redis.^connection_pools{*}.^subscribers["/var/lib/gateway/run/worker-0.sock"][*]'

const HEAP: HeapContents = {
  'registry._LOADED': { table: 1 },
  'registry._LOADED.demo': { table: 1 },
  'registry._LOADED.demo.a_table_with_a_rather_long_name.and_another_below_it.that_has_elements': { table: [1, 4000] },
  'registry._LOADED.demo.a_table_with_a_rather_long_name.and_another_below_it.that_has_elements[*]': {
    string: [1000, 40_000],
  },
}

const ROWS: readonly MemoryRow[] = [
  { category: 'lua', name: 'reachable strings', vm: 'http', bytes: 400_000, used: 400_000, how: 'counted' },
  { category: 'malloc', name: 'main arena, in use', bytes: 200_000, used: 200_000, how: 'chunks' },
  { category: 'library', name: '/usr/lib/x86_64-linux-gnu/libcrypto.so.3', bytes: 1_900_000, how: 'mapped' },
  {
    category: 'shm',
    name: 'tokens',
    bytes: 95_000,
    used: 95_000,
    capacity: 100_000,
    size: 131_072,
    entries: {
      lasting: [1204, 154_100],
      expiring: [17, 2000],
      expired: [0, 0],
      lastingKeys: 1,
      ttlMs: 5000,
      oldest: 'lasting',
    },
    how: 'slab',
  },
]

function worker(bytes: number) {
  const whole = snapshot({ ...HEAP, [LONG]: { table: [1, bytes] } }, { pid: 7, rss: 2_595_000 })
  return { ...whole, process: { rss: 2_595_000, rows: ROWS } }
}

const RULES = { minimums: DEFAULT_MINIMUMS, level: 0.01, failOn: 'leak' as const, paired: true, seconds: null }
const kept = [aKept({ path: LONG, source: 'plugins/rate-limiting/policies/redis.lua:128' })]
const head = aResult({ tasks: [aTask(1.2)], memory: { ...aResult().memory!, verdict: 'leak', kept } })
const comparison = judgeComparison(aResult(), head, RULES)

const WIDE = aLeak([aGrowth({ path: LONG, source: 'plugins/rate-limiting/policies/redis.lua:128' })], {
  moved: [aGrowth({ class: 'bounded', path: LONG, why: 'the cache says that it holds 5,000 of 100,000 and no more' })],
  process: { rss: { before: 1e6, after: 2e6 }, growths: [aProcessGrowth({ holder: LONG, vm: 'http', source: null })] },
  reasons: [
    'x',
    'y',
    `nginx logged an error during the run: ${'a long message of nginx with many words in it '.repeat(4)}`,
  ],
})

const FORMS: Readonly<Record<string, (width: number, colour: boolean) => string>> = {
  ...Object.fromEntries(
    Object.entries({
      ...someReports(),
      wide: WIDE,
      unmeasured: aReport({ verdict: 'invalid', passed: false, reasons: [LONG] }),
    }).map(([name, report]) => [`run, ${name}`, (width, colour) => wholeText(report, { width, colour })]),
  ),
  'the table of a test run': (width, colour) =>
    runTable(
      [
        {
          name: 'gateway > plugins > rate-limiting > GET /limited keeps nothing per consumer',
          state: 'failed',
          reports: [WIDE, aReport()],
        },
      ],
      { width, colour },
    ),
  compare: (width, colour) => compareText(comparison, { width, colour }),
  memory: (width, colour) => memoryText(worker(10), { width, colour }),
  heap: (width, colour) => heapText(worker(10), { width, colour }),
  diff: (width, colour) => differenceText(worker(10), worker(90_000), { width, colour }),
  'an error': (columns) =>
    errorText(`cannot read ${LONG}:\n  ${'because '.repeat(30)}`, { err: { isTTY: true, columns, write: () => {} } }),
}

describe.each(Object.keys(FORMS))('%s', (name) => {
  test.each([60, 80, 120])('fits a terminal of %d columns, with colours and without', (width) => {
    for (const colour of [false, true]) {
      const tooLong = FORMS[name]!(width, colour)
        .split('\n')
        .filter((line) => visibleWidth(line) > width)
      expect(tooLong).toEqual([])
    }
  })

  test('loses no word by it', () => {
    const letters = (text: string) => text.replace(/[\s#]/g, '')
    const sorted = (text: string) => [...letters(text)].sort().join('')
    expect(sorted(FORMS[name]!(80, false))).toBe(sorted(FORMS[name]!(1000, false)))
  })
})

test('a line is broken between words, the rest set in; colours take no room', () => {
  expect(wrapText(`  ${'word '.repeat(10)}end`, 40)).toBe(`  ${'word '.repeat(7).trim()}\n      word word word end`)
  const red = (text: string) => `\u001b[31m${text}\u001b[39m`
  expect(wrapText(red('a'.repeat(40)), 40)).toBe(red('a'.repeat(40)))
})

test('facts that stand apart are parted first', () => {
  expect(wrapText('  GC roots => registry => ._LOADED        upvalue foo of demo.go', 50)).toBe(
    '  GC roots => registry => ._LOADED\n      upvalue foo of demo.go',
  )
})

test('a path that is longer than a line is broken behind a step', () => {
  expect(wrapText('  registry._LOADED.gateway.handlers.subscriptions.by_tenant[*]', 40)).toBe(
    '  registry._LOADED.gateway.handlers.\n      subscriptions.by_tenant[*]',
  )
})

test('cells that do not fit beside the others go on below, aligned', () => {
  const rows = [
    ['name', '1 KB', 'a rather long remark'],
    ['x', '10 KB', 'another'],
  ]
  expect(table(rows, [2], 40)).toEqual([['name  1 KB   a rather long remark'], ['x     10 KB  another']])
  expect(table(rows, [2], 26)).toEqual([['name  1 KB', '    a rather long remark'], ['x     10 KB  another']])
})
