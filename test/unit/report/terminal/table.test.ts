import { expect, test } from 'vitest'
import { runTable } from '../../../../plugin/report/terminal/table.js'
import { aGrowth, aLeak, aLoad, anUpdate, aReport } from '../build.js'

test('the end of a run has a line per measurement, with what grows most', () => {
  const plateau = aGrowth({ class: 'plateau' })
  const seen = aReport({ sensitivity: 1 / 2518, load: aLoad({ p99: 5330 }), moved: [plateau, plateau] })
  const tests = [
    { name: 'demo > GET /t', state: 'failed', reports: [aLeak()] },
    {
      name: 'a\u001b[2J',
      state: 'passed',
      reports: [seen, aLeak([aGrowth({ coveredBy: 'known' })], { passed: true })],
    },
    {
      name: 'gone',
      state: 'failed',
      reports: [
        aReport({
          verdict: 'invalid',
          passed: false,
          reasons: ['all answers were 404\nerror log: x'],
          process: { rss: { before: 0, after: 0 }, growths: [] },
        }),
      ],
    },
  ]
  expect(runTable(tests)).toBe(
    `
  OpenResty leak tests: 4 measurements, 2 leak, 1 ok, 1 invalid
  verdict          worker RSS          test           grows most, or what was seen
  leak             24.1 MB -> 26.4 MB  demo > GET /t  registry._LOADED.demo.go.^foo[*], 1.00 object/request (42 B/request)
  ok               24.1 MB -> 26.4 MB  a\\u001b[2J     20,157 requests, p99 5.33 ms, would have shown one object in 2,518 requests; moved: 2 plateau
  leak (accepted)  24.1 MB -> 26.4 MB  a\\u001b[2J     registry._LOADED.demo.go.^foo[*], 1.00 object/request (42 B/request)
  invalid                              gone           all answers were 404
`.slice(1, -1),
  )
})

test('below it stands what an update of the baseline wrote, by file and measurement', () => {
  const { entries } = anUpdate()
  const report = (section: string, some: typeof entries) =>
    aReport({ baselineUpdate: { file: 'leaks.json', section, entries: some } })
  const text = runTable([
    { name: 'one', state: 'passed', reports: [report('a.test.ts > one', entries)] },
    { name: 'two', state: 'passed', reports: [report('a.test.ts > two', entries.slice(1, 2)), report('clean', [])] },
  ])
  expect(text.split('\n').slice(5).join('\n')).toBe(
    `
  Baseline leaks.json: 2 new, 1 changed, 1 removed, 1 kept
    a.test.ts > one
      removed  globals.old[*]                     not needed any more, was 20.00/s
      new      registry._LOADED.demo.go.^foo[*]   1.00 object/request (42 B/request)
      changed  stream globals.text                8 B/request, was 1.00 object/request (42 B/request)
      kept     process.malloc.lost                1.00 object/request (42 B/request)
    a.test.ts > two
      new  registry._LOADED.demo.go.^foo[*]   1.00 object/request (42 B/request)
`.slice(1, -1),
  )
  const unchanged = runTable([{ name: 'one', state: 'passed', reports: [report('clean', [])] }])
  expect(unchanged).toMatch(/\n {2}Baseline leaks\.json: nothing grew that it would have to accept$/)
})
