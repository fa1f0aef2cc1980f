import { expect, test } from 'vitest'
import { exitCodeOf } from '../../../../plugin/cli/terminal/exit.js'
import { unmeasuredReport } from '../../../../plugin/cli/terminal/unmeasured.js'
import { aLeak, aReport } from '../../report/build.js'

const violation = { path: 'p', metric: 'strings', limit: 1, actual: 2, level: 'error' } as const

test.each([
  ['a heap that held', aReport(), 0],
  ['a leak that is accepted', aLeak([], { passed: true }), 0],
  ['a violated budget that only warns', aReport({ violations: [{ ...violation, level: 'warn' }] }), 0],
  ['a leak', aLeak(), 1],
  ['a violated budget on a heap that held', aReport({ passed: false, violations: [violation] }), 1],
  [
    'a violated budget on a heap that is undecided',
    aReport({ verdict: 'inconclusive', passed: false, violations: [violation] }),
    1,
  ],
  ['an undecided heap', aReport({ verdict: 'inconclusive', passed: false }), 3],
  ['an invalid run, whatever else it says', aReport({ verdict: 'invalid', passed: false, violations: [violation] }), 3],
  ['a server that did not start', unmeasuredReport('no OpenResty'), 3],
])('%s', (_, report, code) => {
  expect(exitCodeOf(report)).toBe(code)
})
