import { expect, test } from 'vitest'
import { runTable } from '../../../../plugin/report/terminal/table.js'
import { aGrowth, aLeak, aReport } from '../build.js'

test('the end of a run has a line per measurement, with what grows most', () => {
  const tests = [
    { name: 'demo > GET /t', state: 'failed', reports: [aLeak()] },
    {
      name: 'a\u001b[2J',
      state: 'passed',
      reports: [aReport(), aLeak([aGrowth({ coveredBy: 'known' })], { passed: true })],
    },
    {
      name: 'gone',
      state: 'failed',
      reports: [aReport({ verdict: 'invalid', passed: false, process: { rss: { before: 0, after: 0 }, growths: [] } })],
    },
  ]
  expect(runTable(tests)).toBe(
    `
  OpenResty leak tests: 4 measurements, 2 leak, 1 ok, 1 invalid
  verdict          worker RSS          test           grows most
  leak             24.1 MB -> 26.4 MB  demo > GET /t  registry._LOADED.demo.go.^foo[*], 1.00 object/request (42 B/request)
  ok               24.1 MB -> 26.4 MB  a\\u001b[2J
  leak (accepted)  24.1 MB -> 26.4 MB  a\\u001b[2J     registry._LOADED.demo.go.^foo[*], 1.00 object/request (42 B/request)
  invalid                              gone
`.slice(1, -1),
  )
})
