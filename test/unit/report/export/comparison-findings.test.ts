import { expect, test } from 'vitest'
import { judgeComparison } from '../../../../plugin/compare/judge/judge.js'
import { DEFAULT_MINIMUMS } from '../../../../plugin/compare/judge/thresholds.js'
import { comparisonFindings } from '../../../../plugin/report/export/comparison-findings.js'
import { aKept, aResult } from '../../compare/build.js'

const RULES = { level: 0.01, minimums: DEFAULT_MINIMUMS, failOn: 'leak', paired: true, seconds: null } as const

test('each path is told with its own rates, also where the path of another begins with it', () => {
  const base = aResult()
  const kept = [
    aKept({ path: 'globals.kept.deep[*]', objectsPerRequest: 3, bytesPerRequest: 192 }),
    aKept({ path: 'globals.kept', file: 'lua/demo.lua', line: 8 }),
  ]
  const head = aResult({ memory: { ...base.memory!, verdict: 'leak', kept } })
  const found = comparisonFindings(judgeComparison(base, head, RULES), 'gateway')
  expect(found.map(({ subject, lines }) => [subject, lines[1]])).toEqual([
    ['globals.kept.deep[*]', 'keeps globals.kept.deep[*], demo.lua:8: 3.00 objects, 192 B/request, in base nothing'],
    ['globals.kept', 'keeps globals.kept, demo.lua:8: 1.00 object, 64 B/request, in base nothing'],
  ])
  expect(found[1]).toMatchObject({ file: 'gateway/lua/demo.lua', line: 8, kind: 'leak' })
})
