import { expect, test } from 'vitest'
import { annotations } from '../../../../plugin/report/export/annotations.js'
import { findings } from '../../../../plugin/report/export/findings.js'
import { reportHtml } from '../../../../plugin/report/html/html.js'
import { reportMarkdown } from '../../../../plugin/report/markdown/markdown.js'
import { reportText } from '../../../../plugin/report/terminal/text.js'
import { addedLines, addedWords } from '../../../../plugin/report/words/added.js'
import { conclusion } from '../../../../plugin/report/words/conclusion.js'
import { processConclusion } from '../../../../plugin/report/words/process-conclusion.js'
import type { AddedAt } from '../../../../plugin/types/added.js'
import type { Growth, GrowthUnit } from '../../../../plugin/types/growth.js'
import type { LeakReport, ProcessGrowth } from '../../../../plugin/types/report.js'
import { aLeak } from '../build.js'

const ADDED: AddedAt = {
  source: 'demo.lua:5',
  file: 'lua/demo.lua',
  line: 5,
  function: 'go',
  perRequest: 1,
  requests: 40,
  watched: 40,
  stack: ['content_by_lua(nginx.conf:17):1'],
  calledFrom: 'nginx.conf:17',
  excerpt: { from: 4, lines: ['function _M.go()', '\tfoo[#foo + 1] = "<b>" .. #foo', '\tngx.say(#foo)'] },
}

function told(more: Partial<Growth>): LeakReport {
  const report = aLeak()
  return { ...report, growths: report.growths.map((growth) => ({ ...growth, ...more })) }
}

test('a terminal shows the line below the path, with the source', () => {
  expect(addedLines({ addedAt: [ADDED] }, false)).toEqual([
    '    added at demo.lua:5 in go   1.00/request, 40 of 40 requests   called from nginx.conf:17',
    '        4 | function _M.go()',
    '      > 5 |     foo[#foo + 1] = "<b>" .. #foo',
    '        6 |     ngx.say(#foo)',
  ])
  const text = reportText(told({ addedAt: [ADDED] })).split('\n')
  const path = text.findIndex((line) => line.includes('GC roots'))
  expect(text[path + 1]).toBe(addedLines({ addedAt: [ADDED] }, false)[0])
})

test('a line says which of the plan its requests were, and what they were', () => {
  const words = (more: Partial<AddedAt>, per?: GrowthUnit) =>
    addedWords({ ...ADDED, ...more }, { isInBytes: false, ...(per && per !== 'request' && { per }) })
  expect(words({ watchedRequests: ['POST /t'] })).toContain('1.00/request, 40 of 40 requests (POST /t)   called')
  expect(words({ watchedRequests: ['a', 'b'] })).toContain("40 of 40 requests (2 of the plan's requests)")
  expect(words({}, 'call')).toContain('1.00/call, 40 of 40 calls')
  expect(words({}, 'connection')).toContain('1.00/connection, 40 of 40 requests')
})

test('what cannot be told has its reason', () => {
  expect(addedLines({ addedAt: [], addedAtWhy: 'nothing came' }, false)).toEqual([
    '    Which line adds it is not told: nothing came.',
  ])
  expect(
    addedLines({ addedAt: [{ ...ADDED, excerpt: undefined as never }], addedAtWhy: 'half of it' }, false).at(-1),
  ).toBe('    Not all of it was seen: half of it.')
})

test('lines that may add are told as what they are, in every form', () => {
  const mayBeAddedAt = [
    { source: 'demo.lua:5', file: 'lua/demo.lua', line: 5, function: 'go' },
    { source: 'demo.lua:9', file: 'lua/demo.lua', line: 9, function: null },
  ]
  const words = 'It may be added at demo.lua:5 in go or demo.lua:9: so the bytecode says, and nobody saw it run.'
  const report = told({ addedAt: [], addedAtWhy: 'nobody looked', mayBeAddedAt })
  const places = ['Which line adds it is not told: nobody looked.', words]
  expect(addedLines(report.growths[0]!, false)).toEqual(places.map((line) => `    ${line}`))
  for (const text of [reportHtml(report), reportMarkdown(report)]) expect(text).toContain(words)
  expect(conclusion(report.growths[0]!)).toContain('demo.lua:5 or demo.lua:9 may add to it.')
})

test('off the Lua heap it is told in bytes', () => {
  const report = told({})
  const malloc = { class: 'leak', category: 'malloc', bytes: 1, bytesPerRequest: 2016 } as const
  const growths = [{ ...malloc, addedAt: [{ ...ADDED, perRequest: 2016 }] }]
  const text = reportText({ ...report, process: { ...report.process, growths } })
  expect(text).toContain('added at demo.lua:5 in go   2,016 B/request, 40 of 40 requests')
})

test('the page and Markdown show the source as text', () => {
  const report = told({ addedAt: [ADDED] })
  expect(reportHtml(report)).toContain(
    '<pre>  4 | function _M.go()\n&gt; 5 |     foo[#foo + 1] = &quot;&lt;b&gt;&quot;',
  )
  expect(reportHtml(report)).toContain(
    '>added at demo.lua:5 in go; 1.00/request, 40 of 40 requests; called from nginx.conf:17<',
  )
  expect(reportMarkdown(report)).toContain('&#62; 5 &#124;     foo&#91;&#35;foo + 1&#93; = "&#60;b&#62;"')
})

test('an annotation points at the line', () => {
  const report = told({ addedAt: [ADDED] })
  const placed = { ...report, runtime: { ...report.runtime, folder: 'gateway' } }
  const [line] = annotations(findings([{ file: 'a.test.ts', title: 'GET /t', report: placed }]))
  expect(line).toMatch(/^::error file=gateway\/lua\/demo\.lua,line=5,title=GET \/t::/)
  expect(line).toContain('added at demo.lua:5 in go')
  const [elsewhere] = annotations(findings([{ file: 'a.test.ts', title: 'GET /t', report }]))
  expect(elsewhere).toMatch(/^::error file=a\.test\.ts,title=/)
})

test('plain words say who adds what', () => {
  const [growth] = told({ addedAt: [ADDED], elements: { string: 20157 } }).growths
  const say = (more: Partial<Growth>) =>
    conclusion({ ...growth!, ...more }).find((text) => text.includes('takes it out'))
  expect(say({})).toBe('demo.lua:5 adds one string per request, and nothing takes it out.')
  expect(say({ addedAt: [{ ...ADDED, perRequest: 0.1 }] })).toBe(
    'demo.lua:5 adds one string in 10 requests, and nothing takes it out.',
  )
  expect(say({ addedAt: [ADDED, { ...ADDED, source: 'demo.lua:9', line: 9 }] })).toBe(
    'demo.lua:5 and demo.lua:9 add to it, and nothing takes it out.',
  )
})

test('plain words off the heap say who takes it, and that nothing frees it', () => {
  const malloc: ProcessGrowth = { class: 'leak', category: 'malloc', holder: 'lost', bytes: 1, bytesPerRequest: 2016 }
  const zone: ProcessGrowth = {
    class: 'leak',
    category: 'shm',
    zone: 'visits',
    bytes: 1,
    bytesPerRequest: 128,
    entries: 9,
    entriesPerRequest: 1,
  }
  const other = { ...ADDED, source: 'demo.lua:9', line: 9 }
  const say = (growth: ProcessGrowth, ...addedAt: AddedAt[]) => processConclusion({ ...growth, addedAt })[1]
  expect(say(malloc, { ...ADDED, perRequest: 2016 })).toBe(
    'demo.lua:5 takes 2,016 B per request, and nothing frees it.',
  )
  expect(say(malloc, ADDED, other)).toBe('demo.lua:5 and demo.lua:9 take it, and nothing frees it.')
  expect(say(zone, ADDED)).toBe('demo.lua:5 adds one entry per request, and nothing takes it out.')
  expect(say(zone, { ...ADDED, perRequest: 2.5 })).toBe(
    'demo.lua:5 adds 2.50 entries per request, and nothing takes it out.',
  )
  expect(say(zone, ADDED, other)).toBe('demo.lua:5 and demo.lua:9 add to it, and nothing takes it out.')
  expect(say({ ...malloc, addedAtWhy: 'half of it' }, ADDED)).toBe('demo.lua:5 takes some of it.')
  expect(say(malloc)).not.toContain('demo.lua')
})
