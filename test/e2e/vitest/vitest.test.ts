import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { LeakReport } from '../../../plugin/types/report.js'
import type { ReportIndex } from '../../../plugin/vitest/report-files.js'
import { nginxNaming } from '../resty-leak.js'
import { aProject, json, vitest, vitestWith } from '../vitest-project.js'

const CONFIG = `
import { defineConfig } from 'vitest/config'
import openrestyLeak from 'vitest-openresty-leak'
export default defineConfig({ plugins: [openrestyLeak({ runtime: 'local' })] })
`

/** A test file whose one test starts `conf` as `server` and then does `body`. */
function testFile(conf: string, body: string, options = ''): string {
  return `
import { expect, test } from 'vitest-openresty-leak/test'
test('GET /t keeps nothing', ${options}async ({ openresty }) => {
  const server = await openresty.start({ conf: '${conf}' })
  ${body}
})
`
}

const REPORTS = '.vitest/openresty-leak'

test('a failed measurement is attached to its test where something shows it, and nowhere else', async () => {
  const body = `
  const run = await server.measure({ request: '/t', amount: 500 })
  if (run.verdict === 'leak') expect(run).not.toStayWithinBudget({ 'registry._LOADED.demo.foo': { strings: 1 } })
  expect(run).toHoldHeap()`
  const folder = await aProject({
    'vitest.config.ts': CONFIG,
    'leaking.leak.test.ts': testFile('leaking/nginx.conf', body),
  })
  const plain = await vitest(folder)
  expect(plain.text).not.toContain('added at demo.lua:5\n')
  expect(await readdir(folder)).not.toContain('.vitest-attachments')

  const { text } = await vitest(folder, '--reporter=default', '--reporter=blob')
  expect(text).toMatch(/↳ heap grew on 1 path: 1\.00 object\/request .*; added at demo\.lua:5\n/)
  const pages = await readdir(join(folder, '.vitest-attachments'))
  expect(pages).toEqual([expect.stringMatching(/^heap-grew-on-1-path.*\.html$/)])
  expect(await readFile(join(folder, '.vitest-attachments', pages[0]!), 'utf8')).toContain('GET /t keeps nothing')
})

describe('a leak test', () => {
  test('fails on the leak with the report, and passes on the mended module', async () => {
    const body = `
  const run = await server.measure({ request: '/t' })
  expect(run).toHoldHeap()
  expect(run).toStayWithinBudget({ 'registry._LOADED.demo.foo': { tables: '16 KB', strings: '64 KB' } })
  expect(run).toMeetThresholds({ 'latency.p99': '< 10s', errors: 0, non2xx: 0 })`
    const folder = await aProject({
      'vitest.config.ts': CONFIG,
      'leaking.leak.test.ts': testFile('leaking/nginx.conf', body),
      'fixed.leak.test.ts': testFile('fixed/nginx.conf', body),
    })
    const { code, text } = await vitest(folder)
    expect(code).toBe(1)
    expect(text).toContain(
      'Error: heap grew on 1 path: 1.00 object/request (36 B/request), in 7 of 7 rounds, 51,651 requests',
    )
    expect(text).toContain(
      '  GC roots => registry => ._LOADED => .demo => .go => ^foo        upvalue foo of demo.go, demo.lua:4',
    )
    expect(text).toMatch(/OpenResty leak tests: 2 measurements, 1 (leak, 1 ok|ok, 1 leak)\n/)
    expect(text).toMatch(/1 failed \| 1 passed/)
    const { reports } = await json<ReportIndex>(folder, REPORTS, 'index.json')
    expect(reports.map(({ file, state, verdict }) => [file, state, verdict]).sort()).toEqual([
      ['fixed.leak.test.ts', 'passed', 'ok'],
      ['leaking.leak.test.ts', 'failed', 'leak'],
    ])
    for (const { report, verdict } of reports) {
      expect(await json<LeakReport>(folder, REPORTS, report)).toMatchObject({
        format: 'openresty-leak-report/1',
        verdict,
      })
    }
    expect((await readdir(join(folder, REPORTS))).length).toBe(6)
    expect(await nginxNaming(folder)).toEqual([])
  })

  test('fails on a violated budget', async () => {
    const body = `
  const run = await server.measure({ request: '/t' })
  expect(run).toStayWithinBudget({ 'package.loaded.demo.foo': { tables: '16 MB', strings: '64 KB' } })`
    const folder = await aProject({ 'vitest.config.ts': CONFIG, 'a.test.ts': testFile('leaking/nginx.conf', body) })
    const { code, text } = await vitest(folder)
    expect(text).toMatch(/strings {2}\[\*\] {3}\+20,157 {3}\+725\.7 KB {3}1\.00\/request {3}budget 64 KB {3}exceeded\n/)
    expect(code).toBe(1)
  })

  test('talks to its server, loads it and reads its log', async () => {
    const body = `
  expect(await (await server.fetch('/t')).text()).toBe('1\\n')
  const load = await server.load({ request: '/t', amount: 500, connections: 5 })
  expect(load).toMatchObject({ asked: 500, completed: 500, statuses: { 200: 500 } })
  expect(load).toMeetThresholds({ errors: 0 })
  expect(await (await server.fetch('/t')).text()).toBe('502\\n')
  await server.reload()
  expect(await (await server.fetch('/t')).text()).toBe('1\\n')
  expect(await server.errorLog()).not.toContain('[error]')`
    const folder = await aProject({ 'vitest.config.ts': CONFIG, 'a.test.ts': testFile('leaking/nginx.conf', body) })
    const { code, text } = await vitest(folder)
    expect(text).toContain('1 passed')
    expect(code).toBe(0)
  })
})

test('nothing is left of tests that throw, run out of time or forget to await; they say what was wrong', async () => {
  const endless = "await server.measure({ request: '/t', amount: 100_000_000 })"
  const folder = await aProject({
    'vitest.config.ts': CONFIG,
    'throws.test.ts': testFile(
      'leaking/nginx.conf',
      "expect(server.url).toMatch(/^http:/)\n  throw new Error('its own mistake')",
    ),
    'late.test.ts': testFile('leaking/nginx.conf', endless, '{ timeout: 4000 }, '),
    'forgets.test.ts': testFile('leaking/nginx.conf', "void server.measure({ request: '/t' }).catch(() => {})"),
  })
  const { code, text } = await vitest(folder)
  expect(text).toContain('its own mistake')
  expect(text).toContain("the test's 4000 ms ran out before the measurement ended.")
  expect(text).toContain('2 failed | 1 passed')
  expect({ code, nginx: await nginxNaming(folder) }).toEqual({ code: 1, nginx: [] })
})

describe('a config', () => {
  test('with other tests takes leak tests as a project of their own', async () => {
    const config = `
import { defineConfig } from 'vitest/config'
import { defineLeakProject } from 'vitest-openresty-leak'
export default defineConfig({ test: { projects: [
  { test: { name: 'unit', include: ['unit.test.ts'] } },
  defineLeakProject({ runtime: 'local', reports: 'out/leaks', plan: { amount: 3000 } }),
] } })
`
    const folder = await aProject({
      'vitest.config.ts': config,
      'unit.test.ts': "import { expect, test } from 'vitest'\ntest('unit', () => { expect(1).toBe(1) })\n",
      'a.leak.test.ts': testFile('fixed/nginx.conf', "expect(await server.measure({ request: '/t' })).toHoldHeap()"),
    })
    const { code, text } = await vitest(folder)
    expect(text).toContain('2 passed')
    const { reports } = await json<ReportIndex>(folder, 'out/leaks/index.json')
    expect(reports).toMatchObject([{ project: 'leak', file: 'a.leak.test.ts', verdict: 'ok', passed: true }])
    const { requests } = await json<LeakReport>(folder, 'out/leaks', reports[0]!.report)
    expect(requests.asked).toBe(3000)
    expect(code).toBe(0)
    expect((await vitest(folder, '--project', 'unit')).text).not.toContain('OpenResty')
  })

  test('with an option that does not exist is refused', async () => {
    const folder = await aProject({
      'vitest.config.ts': CONFIG.replace("runtime: 'local'", "runtme: 'local'"),
      'a.test.ts': testFile('fixed/nginx.conf', ''),
    })
    const { code, text } = await vitest(folder)
    expect(text).toContain('openrestyLeak() has no option "runtme"; did you mean runtime?')
    expect(code).toBe(1)
  })

  test('cannot make leak tests concurrent', async () => {
    const folder = await aProject({
      'vitest.config.ts': CONFIG,
      'a.test.ts': testFile('fixed/nginx.conf', '', '{ concurrent: true }, '),
    })
    const { code, text } = await vitest(folder)
    expect(text).toContain('leak test "GET /t keeps nothing" is concurrent')
    expect(code).toBe(1)
  })
})

test('shards merge into one report', async () => {
  const body = "expect(await server.measure({ request: '/t', amount: 2000 })).toHoldHeap()"
  const folder = await aProject({
    'vitest.config.ts': CONFIG,
    'a.test.ts': testFile('fixed/nginx.conf', body),
    'b.test.ts': testFile('leaking/nginx.conf', body),
  })
  for (const shard of ['1/2', '2/2']) {
    const { text } = await vitest(folder, '--reporter=blob', `--shard=${shard}`)
    expect(text).toMatch(/OpenResty leak tests: 1 measurement, 1 (?:ok|leak)/)
  }
  const { code, text } = await vitest(
    folder,
    '--merge-reports',
    '--reporter=default',
    '--reporter=junit',
    '--outputFile.junit=junit.xml',
  )
  expect(text).toContain('OpenResty leak tests: 2 measurements, 1 ok, 1 leak')
  const { reports } = await json<ReportIndex>(folder, REPORTS, 'index.json')
  expect(reports.map(({ file, verdict, html }) => [file, verdict, html]).sort()).toEqual([
    ['a.test.ts', 'ok', undefined],
    ['b.test.ts', 'leak', 'b.test.ts.GET-t-keeps-nothing.html'],
  ])
  expect(await readFile(join(folder, REPORTS, 'comment.md'), 'utf8')).toMatch(
    /## OpenResty leak tests: 1 of 2 measurements failed\n/,
  )
  expect(await readFile(join(folder, REPORTS, 'b.test.ts.GET-t-keeps-nothing.html'), 'utf8')).toContain('"s":".^foo"')
  expect(await readFile(join(folder, 'junit.xml'), 'utf8')).toContain('heap grew on 1 path: 1.00 object/request')
  expect(code).toBe(1)
})

test('on GitHub a failure is an annotation, and the step gets a summary', async () => {
  const body = "expect(await server.measure({ request: '/t', amount: 2000 })).toHoldHeap()"
  const folder = await aProject({
    'vitest.config.ts': CONFIG,
    'a.test.ts': testFile('leaking/nginx.conf', body),
    'summary.md': '',
  })
  const env = { GITHUB_ACTIONS: 'true', GITHUB_WORKSPACE: folder, GITHUB_STEP_SUMMARY: join(folder, 'summary.md') }
  const { text } = await vitestWith(env, folder)
  expect(text).toMatch(
    /^::error file=leaking\/lua\/demo\.lua,line=5,title=GET \/t keeps nothing::heap grew on 1 path: 1\.00 object\/request/m,
  )
  expect(await readFile(env.GITHUB_STEP_SUMMARY, 'utf8')).toContain(
    '## OpenResty leak tests: 1 of 1 measurement failed',
  )
})

test('redacted keys are in no output', async () => {
  const body = "expect(await server.measure({ request: '/t', amount: 2000 })).toHoldHeap()"
  const config = CONFIG.replace("runtime: 'local'", () => "runtime: 'local', redact: '^go$'")
  const folder = await aProject({ 'vitest.config.ts': config, 'a.test.ts': testFile('leaking/nginx.conf', body) })
  const { text } = await vitest(folder)
  expect(text).toContain('registry => ._LOADED => .demo => ["redacted 1"] => ^foo')
  for (const name of await readdir(join(folder, REPORTS))) {
    expect(await readFile(join(folder, REPORTS, name), 'utf8'), name).not.toMatch(/\.go\b/)
  }
})
