import { describe, expect, test } from 'vitest'
import { BenchError } from '../../../../plugin/compare/error.js'
import { judgeComparison } from '../../../../plugin/compare/judge/judge.js'
import { DEFAULT_MINIMUMS, minimumOf, parseMinimums } from '../../../../plugin/compare/judge/thresholds.js'
import { compareHtml } from '../../../../plugin/report/compare/compare-html.js'
import { compareMarkdown } from '../../../../plugin/report/compare/compare-markdown.js'
import { compareText } from '../../../../plugin/report/compare/compare-text.js'
import type { BenchResult } from '../../../../plugin/types/compare/result.js'
import { aKept, aLoad, aResult, HEAP } from '../build.js'

const RULES = { level: 0.01, minimums: DEFAULT_MINIMUMS, failOn: 'either' as const, paired: true, seconds: null }

const HEAD = { commit: 'feature0feature', ref: 'feature', dirty: false }
const clean = aResult()
const same = aResult({ revision: HEAD })
const slower = aResult({ revision: HEAD, tasks: [aLoad(1.2)] })
const leaking = withMemory({ verdict: 'leak', kept: [aKept()] })
const larger = withMemory({
  heap: { objects: 9, bytes: 9200, paths: [...HEAP.paths, { path: 'registry.a{*}', objects: 6, bytes: 9000 }] },
})

function withMemory(memory: Partial<NonNullable<BenchResult['memory']>>): BenchResult {
  return aResult({ revision: HEAD, memory: { ...clean.memory!, ...memory } })
}

describe('a comparison passes', () => {
  test('where nothing differs', () => {
    const found = judgeComparison(clean, same, RULES)
    expect(found).toMatchObject({ passed: true, measured: true, reasons: [] })
    expect(found.times.map(({ call }) => call)).toEqual(['same', 'same'])
  })

  test('where head keeps what base keeps, too', () => {
    const before = { ...leaking, revision: clean.revision }
    expect(judgeComparison(before, leaking, RULES)).toMatchObject({ passed: true, reasons: [] })
  })

  test('where a warm heap is larger, which is no leak', () => {
    const found = judgeComparison(clean, larger, RULES)
    expect(found.passed).toBe(true)
    expect(found.memory?.heap.paths).toMatchObject([{ path: 'registry.a{*}', bytes: { base: 0, head: 9000 } }])
  })
})

describe('what fails is said and chosen', () => {
  test.each([
    ['leak', leaking, false],
    ['slower', leaking, true],
    ['either', leaking, false],
    ['leak', slower, true],
    ['slower', slower, false],
    ['either', slower, false],
  ] as const)('on %s', (failOn, head, passed) => {
    const found = judgeComparison(clean, head, { ...RULES, failOn })
    expect(found.passed).toBe(passed)
    expect(found.reasons.length > 0).toBe(!passed)
  })

  test('a side that could not be measured is named, and nothing is compared', () => {
    const head = withMemory({ verdict: 'invalid', reason: 'worker 7 was lost' })
    expect(judgeComparison(clean, head, RULES)).toMatchObject({
      measured: false,
      passed: false,
      reasons: ['head could not be measured: worker 7 was lost'],
      memory: null,
      times: [],
    })
  })

  test('growth off the Lua heap is a leak like any other', () => {
    const malloc = aKept({
      path: 'process.malloc',
      source: null,
      objectsPerRequest: 0,
      entriesPerRequest: 0,
      bytesPerRequest: 2016,
    })
    const found = judgeComparison(clean, withMemory({ verdict: 'leak', kept: [malloc] }), RULES)
    expect(found).toMatchObject({
      passed: false,
      reasons: ['process.malloc keeps 2016 bytes/request in head, 0 in base'],
    })
    expect(compareText(found)).toMatch(/keeps process\.malloc +nothing +2,016 B\/request/)
  })

  test('an undecided head is said', () => {
    const head = withMemory({ verdict: 'inconclusive', reason: 'registry.a grew, but ever slower' })
    expect(judgeComparison(clean, head, RULES).notes).toEqual(['head is undecided: registry.a grew, but ever slower'])
  })
})

describe('thresholds', () => {
  test('are shares of times and bytes of the heap', () => {
    expect(parseMinimums(['latency:3%', 'heap: 64 KB'])).toEqual({ ...DEFAULT_MINIMUMS, latency: 0.03, heap: 64_000 })
    expect(minimumOf(DEFAULT_MINIMUMS, 'latency.p50{GET /t}')).toBe(0.05)
    expect(minimumOf(DEFAULT_MINIMUMS, 'latency.p99')).toBe(0.1)
  })

  test.each([
    ['latncy:3%', 'did you mean latency?'],
    ['latency:3', 'write it as 5%'],
    ['nonsense', 'write METRIC:VALUE'],
    ['cpu:0%', 'write it as 5%'],
  ])('%s is refused', (text, hint) => {
    expect(() => parseMinimums([text])).toThrow(BenchError)
    expect(() => parseMinimums([text])).toThrow(hint)
  })
})

describe('in the terminal', () => {
  test('a leak and a slowdown, with both sides and the change', () => {
    const head = { ...leaking, tasks: slower.tasks }
    expect(compareText(judgeComparison(clean, head, RULES))).toBe(
      `head keeps more with each request on 1 path; is slower: load throughput -16.7 % and 1 other time
  Failed (--fail-on either).
  resty-leak run on head shows round by round what is kept, and what usually mends it.

                                                        base main (1a2b3c4)   head feature (feature)
  keeps registry._LOADED.demo.go.^kept[*], demo.lua:8   nothing               1.00 object, 64 B/request   +64 B/request                  more
  load throughput                                       10,048/s              8,373/s                     -16.7 % (-16.7 % to -16.7 %)   slower
  load latency.p50                                      904 us                1.09 ms                     +20.0 % (+20.0 % to +20.0 %)   slower

  Unchanged: heap after warm-up (200 B)
  Note: garbage could not be had exactly: the collector ran, or requests differ
  Note: times: 24 rounds of each side, intervals at 99 %`,
    )
  })

  test('rows that are wider than the terminal have their values in a line of their own', () => {
    const head = aResult({ ...leaking, tasks: [aLoad(1.2)] })
    expect(
      compareText(judgeComparison(clean, head, RULES), { width: 80 })
        .split('\n')
        .slice(5, 13),
    ).toEqual([
      '',
      '    base main (1a2b3c4)   head feature (feature)',
      '  keeps registry._LOADED.demo.go.^kept[*], demo.lua:8   more',
      '    nothing   1.00 object, 64 B/request   +64 B/request',
      '  load throughput   slower',
      '    10,048/s   8,373/s   -16.7 % (-16.7 % to -16.7 %)',
      '  load latency.p50   slower',
      '    904 us   1.09 ms   +20.0 % (+20.0 % to +20.0 %)',
    ])
  })

  test('no difference is one sentence first', () => {
    expect(compareText(judgeComparison(clean, same, RULES))).toMatch(
      /^no difference between base and head\n {2}Passed \(--fail-on either\)\.\n {2}Unchanged: kept by each request \(nothing\); heap/,
    )
  })

  test('a table under another key of the same one is no difference, and is counted', () => {
    const paths = HEAP.paths.map((each) => ({ ...each, path: each.path.replace('.a', '.b') }))
    const text = compareText(judgeComparison(clean, withMemory({ heap: { ...HEAP, paths } }), RULES))
    expect(text).toMatch(/^no difference between base and head\n[\s\S]*; heap after warm-up \(200 B\)/)
    expect(text).toContain('Note: under another key in head, with as much in it: 1 heap path\n')
  })

  test('a heap that is not warm yet is no heap that stayed as it was', () => {
    const paths = [...HEAP.paths, { path: 'registry.a{*}', objects: 6, bytes: 9000, moved: [9, 12_000] as const }]
    const filling = withMemory({ heap: { objects: 9, bytes: 9200, paths } })
    expect(compareText(judgeComparison(clean, filling, RULES))).toMatch(
      /heap after warm-up +200 B +9\.2 KB +\+9 KB +can't tell: it still moves/,
    )
  })

  test('times that do not fail it are no good news, and say so', () => {
    const found = judgeComparison(clean, slower, { ...RULES, failOn: 'leak' })
    expect(compareText(found)).toContain(
      '\n  Passed (--fail-on leak).\n  Times are only told: --fail-on slower or either',
    )
    expect(compareHtml(found)).toContain('<h1 class="unsure">head is slower')
  })

  test('what is undecided comes with the rounds that would tell the nearest of it', () => {
    const found = judgeComparison(clean, same, { ...RULES, seconds: { boot: 1, memory: 2, garbage: 3, times: 4 } })
    const [first, second] = found.times
    const open = [
      { ...first!, call: 'unsure' as const, moreRounds: 50 },
      { ...second!, call: 'unsure' as const, moreRounds: 9 },
    ]
    expect(compareText({ ...found, times: open })).toContain('--rounds 33 would tell load latency.p50.\n')
    const hopeless = open.map((time) => ({ ...time, moreRounds: 201 }))
    expect(compareText({ ...found, times: hopeless })).toContain('The machine is too busy to tell 2 times: ')
  })

  test('what could not be measured is the whole answer', () => {
    const head = withMemory({ verdict: 'invalid', reason: 'worker 7 was lost' })
    expect(compareText(judgeComparison(clean, head, RULES))).toBe(
      'not compared: head could not be measured: worker 7 was lost',
    )
  })
})

test('as a page: what changed first, both heaps in one graph, hostile names as text', () => {
  const kept = [aKept({ path: 'registry["</script><script>alert(1)</script>"][*]' })]
  const head = withMemory({ ...larger.memory!, verdict: 'leak', kept })
  const page = compareHtml(judgeComparison(clean, head, RULES))
  expect(page).toMatch(/<h1 class="bad">head keeps more with each request on 1 path; holds \+/)
  expect(page).not.toContain('<script>alert')
  expect(page).toContain('<code>resty-leak run</code> on head shows round by round')
  const [, data] = /id="graph-data">(.*?)<\/script>/s.exec(page) ?? []
  expect(JSON.parse(data!)).toMatchObject({
    trees: [
      {
        vm: 'http',
        nodes: [
          { p: -1, s: 'registry', b: [120, 120], o: [1, 1] },
          { p: 0, s: '.a' },
          { p: 1, b: [0, 9000] },
        ],
      },
    ],
    labels: ['Base', 'Head'],
  })
})

describe('in a pull request', () => {
  test('what changed is in the table, the rest is folded', () => {
    const [table, folded] = compareMarkdown(judgeComparison(clean, larger, RULES)).split('<details>')
    expect(table).toMatch(/^<!-- vitest-openresty-leak compare -->\n### OpenResty: head holds /)
    expect(table).toContain('holds registry')
    expect(table).not.toContain('throughput')
    expect(folded).toContain('throughput')
  })

  test('what nginx says stands line by line below what failed', () => {
    const head = withMemory({ verdict: 'invalid', reason: 'nginx rejects the conf\n  [emerg] in nginx.conf:1' })
    expect(compareMarkdown(judgeComparison(clean, head, RULES))).toContain(
      '### :warning: OpenResty: not compared: head could not be measured: nginx rejects the conf\n\n<pre>  &#91;emerg&#93; in nginx.conf&#58;1</pre>\n',
    )
  })

  test('a side that is named by its commit names it once', () => {
    const commit = '1a2b3c4d5e6f7890'
    const side = (ref: string | null, dirty = false) => ({ ...clean, revision: { commit, ref, dirty } })
    const heads = (ref: string | null, dirty?: boolean) =>
      compareText(judgeComparison(side(ref, dirty), larger, RULES)).match(/base (.*?) {2}/)?.[1]
    expect([heads(commit), heads('1a2b3c4d', true), heads('main'), heads(null, true)]).toEqual([
      '1a2b3c4',
      '1a2b3c4, with changes',
      'main (1a2b3c4)',
      'detached (1a2b3c4, with changes)',
    ])
  })

  test('hostile names stay text', () => {
    const head = withMemory({ verdict: 'leak', kept: [aKept({ path: 'registry["|<script>`@user` \\u001b[2J"][*]' })] })
    const text = compareMarkdown(judgeComparison(clean, head, RULES))
    expect(text).not.toMatch(/<script|@user|`/)
    expect(text.split('\n').filter((line) => line.includes('script')).length).toBeGreaterThan(0)
  })

  test('is never longer than GitHub takes', () => {
    const kept = Array.from({ length: 2000 }, (_, at) => aKept({ path: `registry.path_number_${at}[*]` }))
    const text = compareMarkdown(judgeComparison(clean, withMemory({ verdict: 'leak', kept }), RULES))
    expect(text.length).toBeLessThan(65_536)
    expect(text).toMatch(/and \d+ more: see the JSON/)
  })
})
