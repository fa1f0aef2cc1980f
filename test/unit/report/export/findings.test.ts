import { describe, expect, test } from 'vitest'
import { findings } from '../../../../plugin/report/export/findings.js'
import type { LeakReport } from '../../../../plugin/types/report.js'
import { aGrowth, aLeak, aProcessGrowth, aReport } from '../build.js'

const HEADLINE = 'heap grew on 1 path: 1.00 object/request (42 B/request), in 7 of 7 rounds, 51,651 requests'

/** One measurement of a test in a folder of the repository, whose conf lies in its folder `web`. */
function of(report: LeakReport, more: { readonly folder?: string; readonly title?: string } = {}) {
  const runtime = { ...report.runtime, folder: 'web' }
  return { file: 'test/b.test.ts', title: 'GET /t', ...more, report: { ...report, runtime } }
}

function addedAt(file: string | null, line: number) {
  const place = { source: `demo.lua:${line}`, file, line, function: 'go', perRequest: 1, requests: 40, watched: 40 }
  return { addedAt: [{ ...place, stack: [] }] }
}

describe('a leak is one finding', () => {
  test('at the line that adds, from the root of the repository', () => {
    const leaking = aLeak([aGrowth({ ...addedAt('lua/demo.lua', 6), file: 'lua/demo.lua', line: 4 })])
    expect(findings([of(aReport()), of(leaking, { folder: 'gateway' })])).toEqual([
      {
        file: 'gateway/web/lua/demo.lua',
        line: 6,
        title: 'GET /t',
        lines: [
          HEADLINE,
          'registry._LOADED.demo.go.^foo[*] (demo.lua:4), added at demo.lua:6 in go   1.00/request, 40 of 40 requests',
        ],
        kind: 'leak',
        subject: 'registry._LOADED.demo.go.^foo[*]',
      },
    ])
  })

  test('at the code that owns it where nobody saw the line', () => {
    expect(findings([of(aLeak([aGrowth({ file: 'lua/demo.lua', line: 4 })]))])).toMatchObject([
      { file: 'web/lua/demo.lua', line: 4 },
    ])
  })

  test.each([
    ['in a library outside of the repository', { file: '/usr/share/lua/x.lua', line: 3 }],
    ['in no file', { file: null, line: null }],
  ])('at what asked for it where the code is %s', (_, place) => {
    const [found] = findings([of(aLeak([aGrowth(place)]))])
    expect(found).toMatchObject({ file: 'test/b.test.ts' })
    expect(found).not.toHaveProperty('line')
  })

  test('and so is each other of the same run, on the Lua heap or off it', () => {
    const lost = aProcessGrowth(addedAt('lua/c.lua', 3))
    const report = aLeak(
      [aGrowth(addedAt('lua/a.lua', 1)), aGrowth({ path: 'globals.b[*]', ...addedAt('lua/b.lua', 2) })],
      {
        process: { rss: { before: 1, after: 2 }, growths: [lost] },
      },
    )
    const found = findings([of(report)]).map(({ file, line, subject }) => [file, line, subject])
    expect(found).toEqual([
      ['web/lua/a.lua', 1, 'registry._LOADED.demo.go.^foo[*]'],
      ['web/lua/b.lua', 2, 'globals.b[*]'],
      ['web/lua/c.lua', 3, 'process.malloc.lost'],
    ])
  })

  test('unless something accepts it', () => {
    const known = aGrowth({ path: 'globals.known[*]', coveredBy: 'known' })
    expect(findings([of(aLeak([known, aGrowth()]))]).map(({ subject }) => subject)).toEqual([
      'registry._LOADED.demo.go.^foo[*]',
    ])
  })
})

test('the worst of each measurement comes before the others of any', () => {
  const two = aLeak([aGrowth({ path: 'globals.a' }), aGrowth({ path: 'globals.b' })])
  const found = findings([of(two, { title: 'one' }), of(aLeak([aGrowth({ path: 'globals.c' })]), { title: 'other' })])
  expect(found.map(({ subject }) => subject)).toEqual(['globals.a', 'globals.c', 'globals.b'])
})

test('exceeded limits are one finding, at the growth that they are for', () => {
  const limit = {
    path: 'package.loaded.demo',
    metric: 'strings',
    limit: 64_000,
    actual: 848_610,
    level: 'error',
  } as const
  const report = aLeak([aGrowth({ coveredBy: 'budget', ...addedAt('lua/demo.lua', 6) })], {
    violations: [limit, { ...limit, metric: 'tables', level: 'warn' }],
  })
  expect(findings([of(report)])).toMatchObject([
    {
      file: 'web/lua/demo.lua',
      line: 6,
      kind: 'limit',
      lines: [HEADLINE, 'package.loaded.demo: strings 848.6 KB, budget 64 KB   exceeded'],
    },
  ])
})

test.each([
  ['invalid', 'not measured: GET /t answers 500'],
  ['inconclusive', 'heap undecided: GET /t answers 500'],
] as const)('what is %s is told at what asked for it, and what grew in it is not', (verdict, line) => {
  const growths = verdict === 'invalid' ? [aGrowth()] : []
  const report = aReport({ verdict, passed: false, reasons: ['GET /t answers 500'], growths })
  expect(findings([of(report)])).toEqual([
    { file: 'test/b.test.ts', title: 'GET /t', lines: [line], kind: 'unmeasured', subject: verdict },
  ])
})
