import { execFileSync } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { writeJson } from '../../../plugin/base/write-file.js'
import { type TestReports, writeReports } from '../../../plugin/vitest/report-files.js'
import { aLeak, aReport } from '../report/build.js'

async function aFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'report-files-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  return folder
}

function aTest(overrides: Partial<TestReports> = {}): TestReports {
  return {
    file: 'test/demo.leak.test.ts',
    project: 'leak',
    name: 'demo > GET /t keeps nothing',
    state: 'passed',
    reports: [aReport()],
    ...overrides,
  }
}

async function json(...path: string[]): Promise<unknown> {
  return JSON.parse(await readFile(join(...path), 'utf8'))
}

test('each report has a file of its own, and index.json lists them', async () => {
  const folder = join(await aFolder(), 'deep', 'down')
  await writeReports(folder, [aTest({ reports: [aReport(), aLeak()] }), aTest({ state: 'failed', reports: [aLeak()] })])
  expect((await readdir(folder)).sort()).toEqual([
    'comment.md',
    'index.json',
    'summary.md',
    'test-demo.leak.test.ts.demo-GET-t-keeps-nothing-2.html',
    'test-demo.leak.test.ts.demo-GET-t-keeps-nothing-2.json',
    'test-demo.leak.test.ts.demo-GET-t-keeps-nothing-3.html',
    'test-demo.leak.test.ts.demo-GET-t-keeps-nothing-3.json',
    'test-demo.leak.test.ts.demo-GET-t-keeps-nothing.json',
  ])
  expect(await json(folder, 'test-demo.leak.test.ts.demo-GET-t-keeps-nothing-2.json')).toEqual(aLeak())
  const entry = { file: 'test/demo.leak.test.ts', project: 'leak', test: 'demo > GET /t keeps nothing' }
  expect(await json(folder, 'index.json')).toEqual({
    format: 'openresty-leak-index/1',
    reports: [
      {
        ...entry,
        report: 'test-demo.leak.test.ts.demo-GET-t-keeps-nothing.json',
        state: 'passed',
        verdict: 'ok',
        passed: true,
      },
      {
        ...entry,
        report: 'test-demo.leak.test.ts.demo-GET-t-keeps-nothing-2.json',
        html: 'test-demo.leak.test.ts.demo-GET-t-keeps-nothing-2.html',
        state: 'passed',
        verdict: 'leak',
        passed: false,
      },
      {
        ...entry,
        report: 'test-demo.leak.test.ts.demo-GET-t-keeps-nothing-3.json',
        html: 'test-demo.leak.test.ts.demo-GET-t-keeps-nothing-3.html',
        state: 'failed',
        verdict: 'leak',
        passed: false,
      },
    ],
  })
})

test('a new run replaces what the last one wrote, and nothing else', async () => {
  const folder = await aFolder()
  await writeFile(join(folder, 'mine.json'), '{}')
  await writeReports(folder, [aTest({ name: 'old', state: 'failed', reports: [aLeak()] })])
  expect(await readdir(folder)).toHaveLength(6)
  await writeReports(folder, [aTest({ name: 'new' })])
  expect((await readdir(folder)).sort()).toEqual([
    'index.json',
    'mine.json',
    'summary.md',
    'test-demo.leak.test.ts.new.json',
  ])
})

test('the heaps by path are kept of failed tests only', async () => {
  const folder = await aFolder()
  const paths = [{ vm: 'http', nodes: [{ p: -1, s: 'registry', b: [1, 2] as const, o: [1, 1] as const }] }]
  await writeReports(folder, [
    aTest({ name: 'clean', reports: [aReport({ paths })] }),
    aTest({ name: 'failed for another reason', state: 'failed', reports: [aReport({ paths })] }),
  ])
  expect(await json(folder, 'test-demo.leak.test.ts.clean.json')).toEqual(aReport())
  expect(await json(folder, 'test-demo.leak.test.ts.failed-for-another-reason.json')).toEqual(aReport({ paths }))
})

test('an index that names files elsewhere removes none of them', async () => {
  const above = await aFolder()
  const folder = join(above, 'reports')
  await writeReports(folder, [])
  await writeFile(join(above, 'precious.json'), '{}')
  const index = {
    format: 'openresty-leak-index/1',
    reports: [{ report: '../precious.json' }, { report: 'index.json' }, {}],
  }
  await writeFile(join(folder, 'index.json'), JSON.stringify(index))
  await writeReports(folder, [])
  expect((await readdir(above)).sort()).toEqual(['precious.json', 'reports'])
  await writeFile(join(folder, 'index.json'), 'not json')
  await expect(writeReports(folder, [])).resolves.toEqual({ format: 'openresty-leak-index/1', reports: [] })
})

test('a name that is no file name becomes one', async () => {
  const folder = await aFolder()
  const { reports } = await writeReports(folder, [
    aTest({ name: '../../etc/passwd \u0000 | "x"' }),
    aTest({ name: 'é'.repeat(300) }),
  ])
  expect(reports[0]?.report).toBe('test-demo.leak.test.ts.etc-passwd-x.json')
  expect((await readdir(folder)).length).toBe(4)
})

test('a file that cannot be written leaves no half of it', async () => {
  const folder = await aFolder()
  await writeFile(join(folder, 'r.json'), 'old')
  const circle: Record<string, unknown> = {}
  circle.self = circle
  await expect(writeJson(join(folder, 'r.json'), circle)).rejects.toThrow()
  expect(await readFile(join(folder, 'r.json'), 'utf8')).toBe('old')
  await expect(writeJson(join(folder, 'r.json', 'x.json'), {})).rejects.toThrow()
  expect(await readdir(folder)).toEqual(['r.json'])
})

test('a pipe or device is written, not replaced by a file', async () => {
  const pipe = join(await aFolder(), 'pipe')
  execFileSync('mkfifo', [pipe])
  const read = readFile(pipe, 'utf8')
  await writeJson(pipe, { a: 1 })
  expect(JSON.parse(await read)).toEqual({ a: 1 })
  expect((await stat(pipe)).isFIFO()).toBe(true)
})
