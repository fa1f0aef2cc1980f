import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { aFolder, confWith, nginxNaming, restyLeak, scenario, until } from '../resty-leak.js'

const LEAK = scenario('module-table/nginx.conf')
const FIXED = scenario('module-table-fixed/nginx.conf')

/** `resty-leak run` on this machine, without a container. */
function run(conf: string, ...args: string[]) {
  return restyLeak(['run', conf, '--runtime', 'local', ...args])
}

describe('a verdict', () => {
  test('a leak ends with 1, and is told by its reference path', async () => {
    const { code, out, report, left, folder } = await run(LEAK, '--request', '/t')
    expect(out).toMatch(
      /^heap grew on 1 path: 1\.00 object\/request \(36 B\/request\), in 7 of 7 rounds, 51,651 requests\n/,
    )
    expect(out).toContain(
      '  GC roots => registry => ._LOADED => .demo => .go => ^foo        upvalue foo of demo.go, demo.lua:4\n',
    )
    expect(out).toContain('  In Lua: package.loaded.demo.go, upvalue foo; in budgets: registry._LOADED.demo.go.^foo\n')
    expect(report).toMatchObject({
      format: 'openresty-leak-report/1',
      verdict: 'leak',
      passed: false,
      growths: [{ class: 'leak', path: 'registry._LOADED.demo.go.^foo[*]', source: 'demo.lua:4', coveredBy: null }],
      requests: { asked: 20157, completed: 20157 },
    })
    expect(report?.growths[0]?.objectsPerRequest).toBeCloseTo(1, 3)
    expect(Object.keys(report?.growths[0]?.types ?? {})).toEqual(['string'])
    expect(report?.snapshots.every(({ accounted }) => accounted === 1)).toBe(true)
    expect(report?.process.rss).toMatchObject({ before: expect.any(Number), after: expect.any(Number) })
    expect({ code, left, nginx: await nginxNaming(folder) }).toEqual({
      code: 1,
      left: [],
      nginx: [],
    })
  })

  const SMALL = ['--request', '/t', '--amount', '2000', '--warmup', '2000']

  test('a heap that holds ends with 0', async () => {
    const { code, out, report, left } = await run(FIXED, '--request', '/t')
    expect(out).toMatch(/^heap held: no sustained growth in 5 rounds, 20,157 requests\n/)
    expect(report).toMatchObject({ verdict: 'ok', passed: true, growths: [] })
    expect({ code, left }).toEqual({ code: 0, left: [] })
  })

  test('a violated budget ends with 1 and names budget, limit and actual', async () => {
    const budget = 'registry._LOADED.demo.foo:strings=64KB,tables=16KB'
    const { code, out, report } = await run(LEAK, '--request', '/t', '--budget', budget)
    expect(out).toMatch(/strings {2}\[\*\] {3}\+20,157 {3}\+725\.7 KB {3}1\.00\/request {3}budget 64 KB {3}exceeded\n/)
    expect(out).toMatch(/20,157 more in use {3}budget 16 KB {3}exceeded\n/)
    expect(report?.violations).toMatchObject([
      { metric: 'tables', limit: 16_000 },
      { metric: 'strings', limit: 64_000, actual: 725_652 },
    ])
    expect(code).toBe(1)
  })

  test('a budget far above the growth accepts the leak', async () => {
    const budget = 'registry._LOADED.demo.foo:strings=64MB,tables=16MB'
    const { code, report } = await run(LEAK, ...SMALL, '--budget', budget)
    expect(report).toMatchObject({ verdict: 'leak', passed: true, growths: [{ coveredBy: 'budget' }] })
    expect(code).toBe(0)
  })

  test('a missed threshold ends with 1 on a heap that holds', async () => {
    const { code, out, report } = await run(FIXED, ...SMALL, '--threshold', 'requests.rate:>100000000/s')
    expect(out).toMatch(/^1 threshold missed; heap held: /)
    expect(report).toMatchObject({ verdict: 'ok', passed: false })
    expect(code).toBe(1)
  })
})

test('--load-summary prints the load of the planned rounds as wrk does', async () => {
  const { code, out, report } = await run(FIXED, '--request', '/t', '--load-summary', '--connections', '7')
  expect(out).toMatch(
    /\nRunning 20157 requests test @ http:\/\/127\.0\.0\.1:\d+\/t\n {2}1 threads and 7 connections\n {2}Thread Stats/,
  )
  expect(out).toMatch(/\n {2}20157 requests in \S+, \S+B read\nRequests\/sec: +[\d.]+\nTransfer\/sec: +\S+B\n$/)
  expect(report?.load?.latencyWithinStdev).toBeGreaterThan(0)
  expect(code).toBe(0)
})

test('a threshold that cannot be read ends with 2, before anything starts', async () => {
  const { code, err, report } = await run(FIXED, '--request', '/t', '--threshold', 'latency.p99:soon')
  expect(err).toContain('soon')
  expect({ code, report }).toEqual({ code: 2, report: undefined })
})

describe('what cannot be measured ends with 3 and says why, also in the JSON', () => {
  test('a conf that nginx rejects', async () => {
    const folder = await aFolder({ 'nginx.conf': confWith('location / { content_by_lua "ngx.say(1)"; nonsense on; }') })
    const { code, err, report, left } = await run(`${folder}/nginx.conf`, '--request', '/')
    expect(err).toContain('unknown directive "nonsense"')
    expect(report).toMatchObject({ verdict: 'invalid', passed: false, reasons: [expect.stringContaining('nonsense')] })
    expect({ code, left }).toEqual({ code: 3, left: [] })
  })

  test('a Lua module that is missing', async () => {
    const folder = await aFolder({
      'nginx.conf': confWith('location / { return 204; }', 'init_by_lua_block { require("absent") }'),
    })
    const { code, err } = await run(`${folder}/nginx.conf`, '--request', '/')
    expect(err).toContain("module 'absent' not found")
    expect(code).toBe(3)
  })

  test.each([404, 500])('requests that are answered with %i', async (status) => {
    const folder = await aFolder({ 'nginx.conf': confWith(`location / { return ${status}; }`) })
    const { code, out, report } = await run(`${folder}/nginx.conf`, '--request', '/')
    expect(out).toMatch(/^not measured: /)
    expect(out).toContain(String(status))
    expect(report).toMatchObject({ verdict: 'invalid', passed: false })
    expect(code).toBe(3)
  })

  test('statuses that are expected are no failure', async () => {
    const folder = await aFolder({ 'nginx.conf': confWith('location / { return 404; }') })
    const { code } = await run(`${folder}/nginx.conf`, '--request', '/', '--expect-status', '404', '--amount', '2000')
    expect(code).toBe(0)
  })

  test('an executable that is no nginx', async () => {
    const { code, err } = await run(LEAK, '--request', '/t', '--openresty', '/bin/true')
    expect(err).toContain('/bin/true')
    expect(code).toBe(3)
  })
})

describe('nothing is left of a run', () => {
  test.each(['SIGINT', 'SIGTERM'] as const)('that %s interrupts', async (signal) => {
    const folder = await aFolder({ 'nginx.conf': confWith('location / { return 204; }') })
    const conf = `${folder}/nginx.conf`
    const { code, err, out, report, left } = await restyLeak(
      ['run', conf, '--runtime', 'local', '--request', '/', '--amount', '100000000'],
      {
        meanwhile: async (child) => {
          await until(async () => (await nginxNaming(folder)).length > 0 || child.exitCode !== null)
          child.kill(signal)
        },
      },
    )
    expect(err).toBe(`resty-leak: interrupted by ${signal}\n`)
    expect({ code, out, report, left, nginx: await nginxNaming(folder) }).toEqual({
      code: 130,
      out: '',
      report: undefined,
      left: [],
      nginx: [],
    })
  })

  test('whose user asked to keep it, but what was asked for', async () => {
    const { code, left } = await run(FIXED, '--request', '/t', '--amount', '2000', '--keep')
    expect(code).toBe(0)
    expect(left).toHaveLength(1)
  })
})

test('the package names the command', async () => {
  const { bin } = JSON.parse(await readFile(new URL('../../../package.json', import.meta.url), 'utf8'))
  expect(bin).toEqual({ 'resty-leak': './dist/cli/main.js' })
})

describe('doctor', () => {
  test('sees the planted leak and lets the clean endpoint pass', async () => {
    const { code, out, err, left, folder } = await restyLeak(['doctor', '--runtime', 'local'], { json: false })
    expect(out).toMatch(
      /^ok {6}OpenResty starts: .*\nok {6}a planted leak is seen: 1.00 object\/request at .*kept\[\*\]\nok {6}a clean endpoint passes: 2011 requests\n$/,
    )
    expect({ code, err, left, nginx: await nginxNaming(folder) }).toEqual({
      code: 0,
      err: '',
      left: [],
      nginx: [],
    })
  })

  test('ends with 3 where nothing can be started', async () => {
    const args = ['doctor', '--openresty', '/no/such/nginx']
    expect(await restyLeak(args, { json: false })).toMatchObject({
      code: 3,
      err: expect.stringContaining('/no/such/nginx'),
    })
  })
})

test('a baseline accepts what grew when it was written, and no more', async () => {
  const folder = await aFolder()
  const baseline = join(folder, 'leaks.json')
  const small = ['--request', '/t', '--amount', '2000', '--warmup', '500', '--baseline', baseline]
  expect(await run(LEAK, ...small)).toMatchObject({ code: 2, err: expect.stringContaining('no such file') })
  const updated = await run(LEAK, ...small, '--update-baseline')
  expect(updated).toMatchObject({ code: 0, report: { verdict: 'leak', passed: true } })
  expect(updated.out).toContain('  In the baseline.\n')
  expect(await run(LEAK, ...small)).toMatchObject({ code: 0, report: { growths: [{ coveredBy: 'baseline' }] } })

  const text = await readFile(baseline, 'utf8')
  await writeFile(baseline, text.replace('"objectsPerRequest": 1', '"objectsPerRequest": 0.5'))
  const exceeded = await run(LEAK, ...small)
  expect(exceeded.out).toMatch(/objectsPerRequest +1\.00\/request +baseline 0\.50\/request +exceeded\n/)
  expect(exceeded).toMatchObject({ code: 1, report: { passed: false, growths: [{ coveredBy: null }] } })

  const stale = await run(FIXED, ...small)
  expect(stale).toMatchObject({ code: 0, report: { verdict: 'ok', passed: true } })
  expect(stale.out).toMatch(
    /Note: the baseline accepts growth of registry\._LOADED\.demo\.go\.\^foo\[\*\], where nothing grew/,
  )
})
