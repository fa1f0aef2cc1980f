import { describe, expect, test } from 'vitest'
import { cleanFinding, plantedFinding, selfCheckFault } from '../../../plugin/measure/self-check.js'
import { aGrowth, aLeak, aReport } from '../report/build.js'

const PATH = 'registry._LOADED.resty_leak_self_check.kept[*]'

describe('the planted leak', () => {
  test('is seen at its path and rate', () => {
    expect(plantedFinding(aLeak([aGrowth({ path: PATH })]))).toEqual({
      passed: true,
      text: `a planted leak is seen: 1.00 object/request at ${PATH}`,
    })
  })

  test.each([
    ['by no growth', aReport({ reasons: ['no path kept growing'] }), 'verdict ok, no path kept growing'],
    ['at another path', aLeak([aGrowth()]), '1.00 object/request at registry._LOADED.demo.go.^foo[*]'],
    ['at another rate', aLeak([aGrowth({ path: PATH, objectsPerRequest: 0.9 })]), '0.90 objects/request'],
    ['beside another growth', aLeak([aGrowth({ path: PATH }), aGrowth()]), 'was not seen'],
    [
      'in a run that is none',
      aReport({ verdict: 'invalid', passed: false, reasons: ['worker 7 was lost'] }),
      'verdict invalid, worker 7 was lost',
    ],
  ])('is not seen %s', (_how, report, text) => {
    const finding = plantedFinding(report)
    expect(finding.passed).toBe(false)
    expect(finding.text).toContain(text)
  })
})

test('the clean endpoint must pass', () => {
  expect(cleanFinding(aReport())).toEqual({ passed: true, text: 'a clean endpoint passes: 20157 requests' })
  expect(cleanFinding(aLeak([aGrowth()], { reasons: ['it grew'] }))).toEqual({
    passed: false,
    text: 'a clean endpoint did not pass: verdict leak, it grew',
  })
})

test('what failed is the fault of every measurement on that runtime', () => {
  const passed = { passed: true, text: 'seen' }
  expect(selfCheckFault({ description: '', findings: [passed, passed] })).toBeUndefined()
  expect(selfCheckFault({ description: '', findings: [passed, { passed: false, text: 'not clean' }] })).toBe(
    'the self-check failed on this runtime: not clean',
  )
})
