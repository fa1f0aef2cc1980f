import { expect, test } from 'vitest'
import { runTable } from '../../../../plugin/report/terminal/table.js'
import { aGrowth, aLeak, aLoad, aReport } from '../build.js'

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
