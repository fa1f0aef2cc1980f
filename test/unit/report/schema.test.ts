import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect, test } from 'vitest'
import { unmeasuredReport } from '../../../plugin/cli/terminal/unmeasured.js'
import { reportJson } from '../../../plugin/report/export/json.js'
import { aGrowth, aLeak, anIdentity, aProcessGrowth, aReport, somePaths } from './build.js'

const SCHEMA = JSON.parse(readFileSync(new URL('../../../docs/report.schema.json', import.meta.url), 'utf8'))
const validate = new Ajv2020({ allErrors: true, allowUnionTypes: true }).compile(SCHEMA)

test.each([
  ['a clean run', aReport()],
  ['a run that says what it is of', aReport({ identity: anIdentity() })],
  ['one that says so and was not measured', unmeasuredReport('nothing runs', anIdentity())],
  ['a leak', aLeak()],
  ['a leak with its paths', aLeak([aGrowth({ weak: 'k', why: 'in 7 of 7 rounds' })], { paths: somePaths() })],
  [
    'a leak of one worker of two',
    aLeak([
      aGrowth({
        workers: [
          { pid: 1, share: 1, requests: 9, perRequest: 1 },
          { pid: 2, share: 0 },
        ],
      }),
    ]),
  ],
  [
    'a leak of cdata',
    aLeak([
      aGrowth({
        types: {
          cdata: {
            objects: 1,
            bytes: 24,
            objectsPerRequest: 1,
            bytesPerRequest: 24,
            ctypes: [{ name: 'int', finalizer: null, objects: 1 }],
          },
        },
      }),
    ]),
  ],
  [
    'a leak of functions that tell where they are defined',
    aLeak([
      aGrowth({
        file: 'lua/demo.lua',
        line: 5,
        shortFile: 'lua/demo.lua',
        elements: { function: 1, metatable: 1 },
        types: {
          function: {
            objects: 1,
            bytes: 48,
            objectsPerRequest: 1,
            bytesPerRequest: 48,
            definedAt: [{ source: '[string "x"]:1', file: null, line: null, objects: 1 }],
          },
        },
      }),
    ]),
  ],
  [
    'memory off the Lua heap, and a limit of it that nobody can judge',
    aLeak([], {
      process: {
        ...aReport().process,
        growths: [
          aProcessGrowth({ per: 'reload', workers: [{ pid: 1, share: 1 }] }),
          aProcessGrowth({
            holder: 'globals.a',
            vm: 'http',
            source: null,
            file: null,
            line: null,
            moduleFile: 'a.lua',
          }),
        ],
      },
      violations: [{ path: 'globals.a', metric: 'malloc', limit: 1, actual: 0, level: 'error', unjudged: 'musl' }],
    }),
  ],
  ['a run that never started', unmeasuredReport('no OpenResty')],
])('the schema holds for %s', (_name, report) => {
  validate(JSON.parse(reportJson(report)))
  expect(validate.errors).toBeNull()
})

test('a report that says something else is refused', () => {
  expect(validate({ ...aReport(), verdict: 'fine' })).toBe(false)
  expect(validate({ ...aReport(), growths: [{ path: 'registry' }] })).toBe(false)
  const numbered = { ...aReport().process, growths: [{ ...aProcessGrowth(), holder: 7 }] }
  expect(validate({ ...aReport(), process: numbered })).toBe(false)
  expect(validate({ ...aReport(), format: 'openresty-leak-report/2' })).toBe(false)
})

test('the file of a report is its JSON, one path a line', () => {
  const report = aLeak([aGrowth()], { paths: somePaths() })
  const text = reportJson(report)
  expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(report)))
  expect(text).toContain('\n        {"p":-1,"s":"registry","b":[0,0],"o":[0,0]},\n')
  expect(JSON.parse(reportJson(aReport({ paths: [] })))).toHaveProperty('paths', [])
  expect(JSON.parse(reportJson(aReport()))).not.toHaveProperty('paths')
})
