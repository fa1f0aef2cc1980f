import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { expect, test } from 'vitest'
import { unmeasuredReport } from '../../../plugin/cli/terminal/unmeasured.js'
import { LINES_FORMAT } from '../../../plugin/cli/watch.js'
import { reportJson } from '../../../plugin/report/export/json.js'
import type { GrowsSoFar } from '../../../plugin/types/watch.js'
import {
  aGrowth,
  aLeak,
  anIdentity,
  anUpdate,
  aProcessGrowth,
  aReport,
  aWatch,
  aWatchRound,
  somePaths,
} from './build.js'

const SCHEMA = JSON.parse(readFileSync(new URL('../../../docs/report.schema.json', import.meta.url), 'utf8'))
const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true })
const validate = ajv.compile(SCHEMA)
const LINES = JSON.parse(readFileSync(new URL('../../../docs/watch.schema.json', import.meta.url), 'utf8'))
const validateLine = ajv.compile(LINES)

test.each([
  ['a clean run', aReport()],
  [
    'a run of requests from a file',
    aReport({
      mix: {
        from: 'file',
        source: 'access.log',
        kind: 'access log (combined)',
        read: 9,
        taken: 5,
        leftOut: [{ reason: 'POST, which may change state', count: 3, first: 'POST /t' }],
        notMeasured: [{ request: 'GET /a', reason: 'answers 404', status: 404 }],
      },
    }),
  ],
  ['a leak of some of many', aLeak([aGrowth({ byRequest: [{ request: 'GET /a', perRequest: 1, together: 4 }] })])],
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
  ['a run whose growth a baseline accepts from now on', aLeak([aGrowth()], { baselineUpdate: anUpdate() })],
  ['a watch', aWatch()],
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
  expect(validate({ ...aReport(), baselineUpdate: { ...anUpdate(), entries: [{ path: 'a', change: 'odd' }] } })).toBe(
    false,
  )
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

const GROWS: GrowsSoFar = { class: 'slowing', path: 'globals.kept[*]', gained: 7, unit: 'objects', coveredBy: null }
const START = { format: LINES_FORMAT, event: 'start', description: 'nginx', workers: [7], everyMs: 5000, rounds: 8 }

test.each<[string, object]>([
  ['the first line of a watch', START],
  ['a round', { event: 'round', counted: 1, grows: [GROWS], ...aWatchRound(), restart: 'worker 7 left' }],
  ['a first look', { event: 'round', counted: 0, grows: [], ...aWatchRound(), requests: null }],
  ['a look that was left out', { event: 'skipped', atMs: 1, skipped: 'too long' }],
  ['the report in the last line', { event: 'report', report: aWatch() }],
])('the schema of lines holds for %s', (_name, line) => {
  validateLine(JSON.parse(JSON.stringify(line)))
  expect(validateLine.errors).toBeNull()
})

test('a line that says something else is refused', () => {
  expect(validateLine({ ...START, format: 'resty-leak-watch/2' })).toBe(false)
  expect(validateLine({ event: 'round', counted: 1, grows: [] })).toBe(false)
  expect(validateLine({ event: 'report', report: { verdict: 'ok' } })).toBe(false)
})
