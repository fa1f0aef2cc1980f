import { stripVTControlCharacters } from 'node:util'
import { describe, expect, test } from 'vitest'
import { reportText } from '../../../../plugin/report/terminal/text.js'
import type { TypeGrowth } from '../../../../plugin/types/growth.js'
import { aGrowth, aLeak, aReport } from '../build.js'

/** A whole report as written in the tests: without the line ends that make it readable here. */
function text(lines: string): string {
  return lines.replace(/^\n/, '').replace(/\n$/, '')
}

function grown(objects: number, bytes: number): TypeGrowth {
  return { objects, bytes, objectsPerRequest: objects / 20157, bytesPerRequest: bytes / 20157 }
}

const FOO = 'registry._LOADED.demo.foo'
const NO_SLOTS = { slots: { used: 0, allocated: 0, bytes: 0 }, capacity: undefined }

describe('a leak', () => {
  test('is told by path, type, rate and budget', () => {
    const report = aLeak([aGrowth({ coveredBy: 'budget' })], {
      reasons: ['registry._LOADED.demo.go.^foo[*] grew with the requests, 1 each'],
      violations: [
        { path: FOO, metric: 'strings', limit: 64_000, actual: 848_610, level: 'error' },
        { path: FOO, metric: 'tables', limit: 16_000, actual: 262_144, level: 'error' },
      ],
    })
    expect(reportText(report)).toBe(
      text(`
heap grew on 1 path: 1.00 object/request (42 B/request), in 7 of 7 rounds, 51,651 requests

  GC roots => registry => ._LOADED => .demo => .go => ^foo        upvalue foo of demo.go, demo.lua:5
    strings  [*]   +20,157   +848.6 KB   1.00/request   budget 64 KB   exceeded
    tables         +0        +262.1 KB   array part 8,192 -> 32,768 slots, 20,157 more in use   budget 16 KB   exceeded
  By round: level, 1.00/request in each
  In Lua: package.loaded.demo.go, upvalue foo; in budgets: registry._LOADED.demo.go.^foo
  Snapshots exact: 100 % of gc.total accounted for (9 of 9)
`),
    )
  })

  test('on several paths is told path by path, with the rates added up', () => {
    const tables = aGrowth({
      path: 'registry._LOADED.cache.items{*}',
      source: null,
      rounds: [0, 1973, 6263, 3389, 4603, 9337, 22157],
      objectsPerRequest: 2,
      bytesPerRequest: 120,
      ...NO_SLOTS,
      types: { table: grown(20157, 1_612_560), string: grown(20157, 806_280) },
    })
    expect(reportText(aLeak([tables, aGrowth(NO_SLOTS)]))).toBe(
      text(`
heap grew on 2 paths: 3.00 objects/request (162 B/request), in 6 of 7 rounds, 51,651 requests

  GC roots => registry => ._LOADED => .cache => .items
    tables   {*}   +20,157   +1.6 MB     1.00/request
    strings  {*}   +20,157   +806.3 KB   1.00/request
  By round: ▁▇▇▇▇▇▇  0 to 1.00/request
  In Lua: package.loaded.cache.items; in budgets: registry._LOADED.cache.items

  GC roots => registry => ._LOADED => .demo => .go => ^foo        upvalue foo of demo.go, demo.lua:5
    strings  [*]   +20,157   +848.6 KB   1.00/request
  By round: level, 1.00/request in each
  In Lua: package.loaded.demo.go, upvalue foo; in budgets: registry._LOADED.demo.go.^foo
  Snapshots exact: 100 % of gc.total accounted for (9 of 9)
`),
    )
  })

  test('of a plan of several requests names the rate of each', () => {
    const byRequest = [
      { request: 'GET /a', perRequest: 1 },
      { request: 'GET /b', perRequest: 0 },
    ]
    const line = (growth: Parameters<typeof aGrowth>[0]) =>
      reportText(aLeak([aGrowth({ byRequest, ...growth })])).match(/By request: .*/)?.[0]
    expect(line({})).toBe('By request: GET /a 1.00/request, GET /b 0')
    expect(line({ objectsPerRequest: 0, entriesPerRequest: 0 })).toBe('By request: GET /a 1 B/request, GET /b 0')
  })

  test('of one request among many names that and counts the others', () => {
    const others = Array.from({ length: 20 }, (_, n) => ({ request: `GET /${n}`, perRequest: 0 }))
    const line = (byRequest: NonNullable<Parameters<typeof aGrowth>[0]>['byRequest']) =>
      reportText(aLeak([aGrowth({ byRequest: byRequest! })])).match(/By request: .*/)?.[0]
    expect(line([...others, { request: 'GET /a', perRequest: 2 }])).toBe('By request: GET /a 2.00/request, 20 others 0')
    expect(line([...others, { request: 'GET /a', perRequest: 2, together: 4 }])).toBe(
      'By request: GET /a 2.00/request (mean of 4 that were not told apart), 20 others 0',
    )
    expect(line(others.map((share) => ({ ...share, perRequest: 1, together: 20 })))).toBe(
      'By request: all 20 alike, 1.00/request',
    )
  })

  test('of plain values is told by its entries', () => {
    const flags = aGrowth({ objectsPerRequest: 0, bytesPerRequest: 0, types: {} })
    expect(reportText(aLeak([flags]))).toBe(
      text(`
heap grew on 1 path: 1.00 entry/request (0 B/request), in 7 of 7 rounds, 51,651 requests

  GC roots => registry => ._LOADED => .demo => .go => ^foo        upvalue foo of demo.go, demo.lua:5
    entries  [*]   +20,157               1.00/request
    tables         +0        +262.1 KB   array part 8,192 -> 32,768 slots, 20,157 more in use
  By round: level, 1.00/request in each
  In Lua: package.loaded.demo.go, upvalue foo; in budgets: registry._LOADED.demo.go.^foo
  Snapshots exact: 100 % of gc.total accounted for (9 of 9)
`),
    )
  })

  test('of one object that swells is told by its contents', () => {
    const buffer = aGrowth({
      path: 'globals.log.buffer',
      source: 'log.lua:9',
      rounds: [157_160, 78_920, 250_520, 135_560, 184_120, 373_480, 886_280],
      objectsPerRequest: 0,
      entriesPerRequest: 0,
      bytesPerRequest: 40,
      types: {},
      ...NO_SLOTS,
    })
    expect(reportText(aLeak([buffer]))).toBe(
      text(`
heap grew on 1 path: 40 B/request, in 7 of 7 rounds, 51,651 requests

  GC roots => globals => .log => .buffer        log.lua:9
    contents  40 B/request
  By round: level, 40 B/request in each
  In Lua: _G.log.buffer; in budgets: globals.log.buffer
  Snapshots exact: 100 % of gc.total accounted for (9 of 9)
`),
    )
  })

  test('by the clock, in another VM, on two workers, says so', () => {
    const timer = aGrowth({
      class: 'clock',
      vm: 'stream',
      why: '97 % of it is explained by the time that passed',
      workers: [
        { pid: 11, share: 0.75 },
        { pid: 12, share: 0.25 },
      ],
      perSecond: 20,
      ...NO_SLOTS,
    })
    expect(reportText(aLeak([timer]))).toBe(
      text(`
heap grew on 1 path: 20.00 objects/s (842 B/s), in 7 of 7 rounds, 51,651 requests

  GC roots => registry => ._LOADED => .demo => .go => ^foo        stream VM, upvalue foo of demo.go, demo.lua:5
    strings  [*]   +20,157   +848.6 KB   20.00/s
  In Lua: package.loaded.demo.go, upvalue foo; in budgets: registry._LOADED.demo.go.^foo
  Grows with time, not with requests. 97 % of it is explained by the time that passed. Worker 11 has 75 %, 12 has 25 % of it.
  Snapshots exact: 100 % of gc.total accounted for (9 of 9)
`),
    )
  })

  test.each([
    [
      'one worker stands out by its own requests',
      { share: 1, requests: 26_000, perRequest: 1.9866 },
      { share: 0, requests: 25_651, perRequest: 0 },
      'Worker 11 keeps 1.99/request of its own 26,000, 12 keeps 0 of its own 25,651.',
    ],
    [
      'the worker with less of it serves far less',
      { share: 0.75, requests: 50_651, perRequest: 0.76482 },
      { share: 0.25, requests: 1000, perRequest: 12.913 },
      'Worker 12 keeps 12.91/request of its own 1,000, 11 keeps 0.76/request of its own 50,651.',
    ],
    [
      'all gain alike',
      { share: 0.5, requests: 26_000, perRequest: 1.01 },
      { share: 0.5, requests: 25_651, perRequest: 0.99 },
      'Worker 11 has 50 %, 12 has 50 % of it.',
    ],
  ])('says who it was where %s', (_when, one, other, expected) => {
    const workers = [
      { pid: 11, ...one },
      { pid: 12, ...other },
    ]
    expect(reportText(aLeak([aGrowth({ workers })])).split('\n')).toContain(`  ${expected}`)
  })

  test.each([
    [[{ name: 'struct foo', finalizer: 'C function free', objects: 20157 }], 'struct foo, freed by C function free'],
    [[{ name: 'int [4]', finalizer: null, objects: 20157 }], 'int [4]'],
    [
      [
        { name: 'struct foo', finalizer: 'gc.lua:12', objects: 20000 },
        { name: 'int [4]', finalizer: null, objects: 100 },
        { name: '...', finalizer: null, objects: 57 },
      ],
      'struct foo, freed by gc.lua:12, and 2 more C types',
    ],
  ])('says what cdata are: %j', (ctypes, expected) => {
    const cdata = { objects: 20157, bytes: 645_000, objectsPerRequest: 1, bytesPerRequest: 32, ctypes }
    expect(reportText(aLeak([aGrowth({ types: { cdata }, ...NO_SLOTS })])).split('\n')).toContain(
      `    cdata  [*]   +20,157   +645 KB   1.00/request   ${expected}`,
    )
  })

  test('says who it was in bytes where only contents grow', () => {
    const contents = { types: {}, objectsPerRequest: 0, entriesPerRequest: 0, bytesPerRequest: 40, ...NO_SLOTS }
    const workers = [
      { pid: 11, share: 1, requests: 1000, perRequest: 80 },
      { pid: 12, share: 0, requests: 1000, perRequest: 0 },
    ]
    expect(reportText(aLeak([aGrowth({ workers, ...contents })])).split('\n')).toContain(
      '  Worker 11 keeps 80 B/request of its own 1,000, 12 keeps 0 of its own 1,000.',
    )
  })

  test('that a budget accepts is still told, and called accepted', () => {
    expect(reportText(aLeak([aGrowth({ coveredBy: 'budget', ...NO_SLOTS })], { passed: true }))).toBe(
      text(`
heap grew on 1 path, all of it accepted: 1.00 object/request (42 B/request), in 7 of 7 rounds, 51,651 requests

  GC roots => registry => ._LOADED => .demo => .go => ^foo        upvalue foo of demo.go, demo.lua:5
    strings  [*]   +20,157   +848.6 KB   1.00/request
  By round: level, 1.00/request in each
  In Lua: package.loaded.demo.go, upvalue foo; in budgets: registry._LOADED.demo.go.^foo
  Within its budget.
  Snapshots exact: 100 % of gc.total accounted for (9 of 9)
`),
    )
  })

  test('says what a budget over several paths adds up to, and gives limits of other metrics a line', () => {
    const report = aLeak([aGrowth(NO_SLOTS)], {
      violations: [
        { path: 'registry._LOADED.demo', metric: 'strings', limit: 64_000, actual: 900_000, level: 'warn' },
        { path: FOO, metric: 'objectsPerRequest', limit: 0.5, actual: 1, level: 'error' },
        { path: FOO, metric: 'entries', limit: 100, actual: 20157, level: 'error' },
      ],
    })
    expect(reportText(report)).toBe(
      text(`
heap grew on 1 path: 1.00 object/request (42 B/request), in 7 of 7 rounds, 51,651 requests

  GC roots => registry => ._LOADED => .demo => .go => ^foo        upvalue foo of demo.go, demo.lua:5
    strings            [*]   +20,157   +848.6 KB   1.00/request   budget 64 KB, all below registry._LOADED.demo has 900 KB   exceeded (warning)
    objectsPerRequest                              1.00/request   budget 0.50/request   exceeded
    entries                  20,157                budget 100   exceeded
  By round: level, 1.00/request in each
  In Lua: package.loaded.demo.go, upvalue foo; in budgets: registry._LOADED.demo.go.^foo
  Snapshots exact: 100 % of gc.total accounted for (9 of 9)
`),
    )
  })

  test('with more paths than anyone reads is cut, and the rest counted', () => {
    const many = Array.from({ length: 12 }, (_, index) => aGrowth({ path: `globals.t${index}[*]`, ...NO_SLOTS }))
    const lines = reportText(aLeak(many)).split('\n')
    expect(lines[0]).toMatch(/^heap grew on 12 paths: 12\.00 objects\/request/)
    expect(lines.filter((line) => line.startsWith('  GC roots')).length).toBe(10)
    expect(lines.at(-2)).toBe('  and 2 smaller growths: see the JSON report')
  })

  test('off the Lua heap alone is told by where it is', () => {
    const report = aLeak([], {
      process: {
        rss: { before: 1, after: 2 },
        growths: [
          { class: 'leak', category: 'malloc', bytes: 40_636_512, bytesPerRequest: 2016 },
          { class: 'leak', category: 'shm', zone: 'cache', bytes: 20_157, bytesPerRequest: 1 },
        ],
      },
      requests: { ...aReport().requests, confirm: [] },
    })
    expect(reportText(report)).toBe(
      text(`
memory off the Lua heap grew: malloc by 2,016 B/request, shm cache by 1 B/request, 20,157 requests

  Off the Lua heap:
    malloc
      bytes  +40.6 MB   2,016 B/request
    shm cache
      bytes  +20.2 KB   1 B/request
  Snapshots exact: 100 % of gc.total accounted for (9 of 9)
`),
    )
  })

  test('in shared dictionaries is told by entries, and with what only expires', () => {
    const shm = { category: 'shm', bytes: 2_580_096, bytesPerRequest: 128 } as const
    const why = 'entries expire after at most 2 s: at this rate 4.2 MB'
    const report = aLeak([], {
      process: {
        rss: { before: 1, after: 2 },
        growths: [{ ...shm, class: 'leak', zone: 'seen', entries: 20_157, entriesPerRequest: 1 }],
        moved: [{ ...shm, class: 'bounded', zone: 'limits', entries: 20_157, entriesPerRequest: 1, why }],
      },
    })
    expect(reportText(report)).toContain(
      text(`
  Off the Lua heap:
    shm seen
      entries  +20,157   +2.6 MB   1.00/request (128 B/request)
  Moved, but not a leak:
    bounded   process.shm.limits   +20,157   +2.6 MB   entries expire after at most 2 s: at this rate 4.2 MB
`),
    )
  })
})

describe('a run without a leak', () => {
  test('says on how much evidence the heap held', () => {
    expect(reportText(aReport())).toBe(
      text(`
heap held: no sustained growth in 5 rounds, 20,157 requests

  Snapshots exact: 100 % of gc.total accounted for (9 of 9)
`),
    )
  })

  test('tells what moved, a line each', () => {
    const lru = aGrowth({
      class: 'bounded',
      path: 'registry._LOADED.cache.^lru.hasht{*}',
      why: '35,000 of 100,000 items',
    })
    const ring = aGrowth({ class: 'plateau', path: 'globals.ring[*]', rounds: [900, 100, 0, 0, 0], types: {} })
    expect(reportText(aReport({ moved: [lru, ring] }))).toBe(
      text(`
heap held: no sustained growth in 5 rounds, 20,157 requests

  Moved, but not a leak:
    bounded   registry._LOADED.cache.^lru.hasht{*}   +51,651   +848.6 KB   35,000 of 100,000 items
    plateau   globals.ring[*]                        +1,000
  Snapshots exact: 100 % of gc.total accounted for (9 of 9)
`),
    )
  })

  test('fails on a violated budget all the same', () => {
    const report = aReport({
      passed: false,
      violations: [
        { path: FOO, metric: 'strings', limit: 64_000, actual: 70_100, level: 'error' },
        {
          path: 'package.loaded.demmo.foo',
          metric: 'strings',
          limit: 64_000,
          actual: 0,
          level: 'error',
          nearest: ['registry._LOADED.demo.go.^foo', 'registry._LOADED.demo'],
        },
      ],
    })
    expect(reportText(report)).toBe(
      text(`
1 budget exceeded; 1 budget for a path that never existed; heap held: no sustained growth in 5 rounds, 20,157 requests

  Budgets:
    registry._LOADED.demo.foo   strings 70.1 KB, budget 64 KB   exceeded
    package.loaded.demmo.foo    never existed; nearest: registry._LOADED.demo.go.^foo, registry._LOADED.demo
  Snapshots exact: 100 % of gc.total accounted for (9 of 9)
`),
    )
  })

  test('fails on a missed threshold, too', () => {
    const p99 = { path: 'load', metric: 'latency.p99', limit: 20_000, actual: 31_200 }
    const report = aReport({
      passed: false,
      violations: [
        { ...p99, level: 'error', text: 'latency.p99 31.2 ms, threshold < 20ms' },
        { ...p99, path: 'GET /t', level: 'warn', text: '5xx{GET /t} 0.4 %, threshold < 0.1%' },
      ],
    })
    expect(reportText(report)).toBe(
      text(`
1 threshold missed; heap held: no sustained growth in 5 rounds, 20,157 requests

  Thresholds:
    latency.p99 31.2 ms, threshold < 20ms   missed
    5xx{GET /t} 0.4 %, threshold < 0.1%     missed (warning)
  Snapshots exact: 100 % of gc.total accounted for (9 of 9)
`),
    )
  })

  test('repeats what had to be said aloud', () => {
    expect(
      reportText(
        aReport({
          reasons: [
            'no path kept growing',
            'lua_code_cache off was turned on: with it every request has a VM of its own',
          ],
        }),
      ),
    ).toBe(
      text(`
heap held: no sustained growth in 5 rounds, 20,157 requests

  Snapshots exact: 100 % of gc.total accounted for (9 of 9)
  Note: lua_code_cache off was turned on: with it every request has a VM of its own
`),
    )
  })
})

describe('a run that tells nothing', () => {
  test('says why it is invalid', () => {
    const { requests } = aReport()
    const report = aReport({
      verdict: 'invalid',
      passed: false,
      reasons: ['20,157 of 20,157 requests were answered with 404', 'worker 7646 is gone:\n  signal 11\u001b[2J'],
      requests: { ...requests, rounds: [3929] },
      snapshots: [],
    })
    expect(reportText(report)).toBe(
      text(`
not measured: 20,157 of 20,157 requests were answered with 404

  Note: worker 7646 is gone:
      signal 11\\u001b[2J
`),
    )
  })

  test('says what is undecided, and which snapshots do not count', () => {
    const { snapshots } = aReport()
    const report = aReport({
      verdict: 'inconclusive',
      passed: false,
      reasons: ['globals.t[*] grows more slowly with each round'],
      moved: [aGrowth({ class: 'slowing', path: 'globals.t[*]', types: {} })],
      snapshots: snapshots.map((snapshot, index) => (index === 0 ? { ...snapshot, accounted: 0.9871 } : snapshot)),
    })
    expect(reportText(report)).toBe(
      text(`
heap undecided: globals.t[*] grows more slowly with each round

  Moved, but not a leak:
    slowing   globals.t[*]   +51,651
  Snapshots not exact: 98.7 % of gc.total accounted for (8 of 9)
`),
    )
  })
})

test('a hostile key stays a key', () => {
  const hostile = aGrowth({ path: 'globals["\u001b[31m\u202egnp"][*]', source: '\u0007x.lua:1', ...NO_SLOTS })
  const report = reportText(
    aLeak([hostile], { moved: [aGrowth({ class: 'plateau', path: 'globals["\u009b2J"][*]' })] }),
  )
  expect(report).not.toMatch(/[^\n\P{Cc}]|\u202e/u)
  expect(report).toContain('globals => ["\\u001b[31m\\u202egnp"]        \\u0007x.lua:1')
})

test('colour changes nothing but colour', () => {
  const colourful = reportText(aLeak(), { colour: true })
  expect(stripVTControlCharacters(colourful)).toBe(reportText(aLeak()))
  expect(colourful).not.toBe(reportText(aLeak()))
})

test('a run without a leak says what it would have shown', () => {
  expect(reportText(aReport({ sensitivity: 0.000397 }))).toContain(
    '\n  Would have shown a leak of one object in 2,518 requests on the Lua heap',
  )
  expect(reportText(aLeak([aGrowth()], { sensitivity: 0.000397 }))).not.toContain('Would have shown')
})
