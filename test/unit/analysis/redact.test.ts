import { expect, test } from 'vitest'
import { parseRedact, redactReport } from '../../../plugin/analysis/redact.js'
import { reportText } from '../../../plugin/report/terminal/text.js'
import { aGrowth, aLeak, aProcessGrowth, aReport, somePaths } from '../report/build.js'

const SECRET = 'registry._LOADED.vault.^keys["user-4711"].token[*]'
const report = aLeak([aGrowth({ path: SECRET }), aGrowth({ path: 'globals.cache["user-4711"]{*}' })], {
  reasons: [`${SECRET} grew with the requests`],
  moved: [aGrowth({ class: 'plateau', path: 'registry._LOADED.vault.^keys.token(.next)+' })],
  violations: [{ path: '**', metric: 'total', limit: 1, actual: 2, level: 'error', nearest: [SECRET] }],
  paths: [
    {
      vm: 'http',
      nodes: [
        { p: -1, s: 'registry', b: [0, 0], o: [0, 0] },
        { p: 0, s: '._LOADED', b: [0, 0], o: [0, 0] },
        { p: 1, s: '.vault', b: [0, 0], o: [0, 0] },
        { p: 2, s: '.^keys', b: [0, 0], o: [0, 0] },
        { p: 3, s: '["user-4711"]', b: [0, 0], o: [0, 0] },
        { p: 4, s: '.token', b: [0, 0], o: [0, 0] },
        { p: 4, s: '', b: [1, 2], o: [1, 1], more: 3 },
      ],
    },
  ],
})

test('true hides every key but what code names, the same key by the same number everywhere', () => {
  const redacted = redactReport(report, true)
  expect(redacted.growths.map(({ path }) => path)).toEqual([
    'registry._LOADED.vault.^keys["redacted 1"]["redacted 2"][*]',
    'globals.cache["redacted 1"]{*}',
  ])
  expect(redacted.moved[0]?.path).toBe('registry._LOADED.vault.^keys["redacted 2"](["redacted 3"])+')
  expect(redacted.reasons).toEqual([
    'registry._LOADED.vault.^keys["redacted 1"]["redacted 2"][*] grew with the requests',
  ])
  expect(redacted.paths?.[0]?.nodes.map(({ s }) => s)).toEqual([
    'registry',
    '._LOADED',
    '.vault',
    '.^keys',
    '["redacted 1"]',
    '["redacted 2"]',
    '',
  ])
  expect(JSON.stringify(redacted)).not.toMatch(/4711|token/)
  expect(reportText(redacted)).toContain('package.loaded.vault, upvalue keys["redacted 1"]["redacted 2"]')
})

test('a pattern hides the keys that it finds, and no others', () => {
  const redacted = redactReport(report, parseRedact(/^user-\d+$/))
  expect(redacted.growths.map(({ path }) => path)).toEqual([
    'registry._LOADED.vault.^keys["redacted 1"].token[*]',
    'globals.cache["redacted 1"]{*}',
  ])
  expect(JSON.stringify(redacted)).not.toContain('4711')
})

test('without it nothing is hidden', () => {
  expect(redactReport(report, undefined)).toBe(report)
  expect(parseRedact(false)).toBeUndefined()
  expect(redactReport(aLeak([aGrowth()], { paths: somePaths() }), 'nothing').growths[0]?.path).toBe(aGrowth().path)
})

test('a pattern that is none is refused', () => {
  expect(() => parseRedact('user-(')).toThrow('redact "user-(" is no regular expression')
})

test('keys on the path that holds memory off the heap are hidden, wherever it is named', () => {
  const holder = 'registry._LOADED.vault.^keys["user-4711"][*]'
  const name = 'process.malloc["registry._LOADED.vault.^keys[\\"user-4711\\"][*]"]'
  const held = aLeak([], {
    process: { ...aReport().process, growths: [aProcessGrowth({ holder, vm: 'http' }), aProcessGrowth()] },
    reasons: [`process.malloc held by ${holder} grew`, `the baseline accepts growth of ${name}`],
    violations: [{ path: name, metric: 'bytesPerRequest', limit: 1, actual: 2, level: 'error', by: 'baseline' }],
  })
  const redacted = redactReport(held, true)
  expect(redacted.process.growths.map((growth) => growth.holder)).toEqual([
    'registry._LOADED.vault.^keys["redacted 1"][*]',
    'lost',
  ])
  expect(JSON.stringify(redacted)).not.toContain('4711')
})

test('source lines and function names that say a hidden key are left out, and others stay', () => {
  const added = {
    source: 'vault.lua:9',
    file: 'lua/vault.lua',
    line: 9,
    function: 'keep',
    perRequest: 1,
    requests: 40,
    watched: 40,
    stack: [],
  }
  const told = (line: string, name: string) => {
    const addedAt = [{ ...added, function: name, excerpt: { from: 9, lines: [line] } }]
    return redactReport(aLeak([aGrowth({ path: SECRET, addedAt })]), 'token').growths[0]!.addedAt
  }
  expect(told('keys[id].token = value', 'keep')).toEqual([added])
  expect(told('local tokens = {}', 'keep')).toEqual([{ ...added, excerpt: { from: 9, lines: ['local tokens = {}'] } }])
  expect(told('kept = value', 'token')).toEqual([
    { ...added, function: null, excerpt: { from: 9, lines: ['kept = value'] } },
  ])
})

test('what an update of a baseline wrote names hidden keys by the same numbers, those of what is gone included', () => {
  const held = 'registry._LOADED.vault.^keys["user-4712"]'
  const paths = [
    SECRET,
    `stream ${SECRET}`,
    `process.malloc[${JSON.stringify(held)}]`,
    'process.malloc["nginx: pools"]',
  ]
  const entries = paths.map((path) => ({ path, change: 'removed' as const }))
  const { baselineUpdate } = redactReport(
    { ...report, baselineUpdate: { file: 'a', section: 'b', entries } },
    /4\d+/.source,
  )
  const [first, second] = ['["redacted 1"]', '["redacted 2"]']
  expect(baselineUpdate?.entries.map(({ path }) => path)).toEqual([
    `registry._LOADED.vault.^keys${first}.token[*]`,
    `stream registry._LOADED.vault.^keys${first}.token[*]`,
    `process.malloc[${JSON.stringify(`registry._LOADED.vault.^keys${second}`)}]`,
    'process.malloc["nginx: pools"]',
  ])
})
