import { readdir, readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import type { Comparison } from '../../../plugin/types/compare/comparison.js'
import { Repository } from '../../unit/compare/sides/repository.js'
import { describeWithEngine, docker } from '../docker.js'
import { aFolder, nginxNaming, type Outcome, restyLeak, until } from '../resty-leak.js'

const files = new URL('../../compare/', import.meta.url)
const CONF = await readFile(new URL('nginx.conf', files), 'utf8')
const DEMO = await readFile(new URL('lua/demo.lua', files), 'utf8')

/** The module with a cache of so many entries; `line` runs in each request. */
function demo({ entries = 500, line = '' } = {}): string {
  return DEMO.replaceAll('% 500', `% ${entries}`).replace('-- in each request', line)
}

async function aFeature(lua: string): Promise<Repository> {
  const repository = await Repository.create({ 'nginx.conf': CONF, 'lua/demo.lua': demo() })
  await repository.branch('feature', { 'lua/demo.lua': lua })
  return repository
}

/** Small plans: what is compared exactly needs no more. */
const SMALL = ['--runtime', 'local', '--request', '/t', '--amount', '2000', '--warmup', '1000']

interface Compared extends Omit<Outcome, 'report'> {
  readonly comparison: Comparison | undefined
  /** Working trees of the repository beside its own, and nginx of this comparison. */
  readonly behind: { readonly trees: number; readonly nginx: readonly number[] }
}

async function compare(
  repository: Repository,
  args: readonly string[],
  { conf = 'nginx.conf', ...options }: Parameters<typeof restyLeak>[1] & { readonly conf?: string } = {},
): Promise<Compared> {
  const { report, ...outcome } = await restyLeak(
    ['compare', `${repository.folder}/${conf}`, '--base', 'main', ...args],
    options,
  )
  const trees = (await repository.git('worktree', 'list', '--porcelain')).match(/^worktree /gm)?.length ?? 0
  return {
    ...outcome,
    comparison: report as Comparison | undefined,
    behind: { trees: trees - 1, nginx: await nginxNaming(outcome.folder) },
  }
}

const NOTHING = { trees: 0, nginx: [] }

describe('a feature branch is compared with main', () => {
  test('where nothing differs: kept is 0, and so is the difference of the warm heaps', async () => {
    const repository = await Repository.create({ 'nginx.conf': CONF, 'lua/demo.lua': demo() })
    await repository.branch('feature', { 'README.md': 'a change that is none' })
    const { code, out, err, comparison, behind, left } = await compare(repository, [...SMALL, '--rounds', '0'])
    expect(err).toBe('')
    expect(out).toMatch(/^no difference between base and head\n/)
    expect(comparison).toMatchObject({
      format: 'openresty-leak-compare/1',
      passed: true,
      base: { format: 'openresty-leak-bench/1', revision: { ref: 'main', dirty: false } },
      head: { revision: { ref: 'feature', dirty: false } },
      memory: { kept: [], heap: { paths: [], below: { paths: 0, bytes: 0 } } },
    })
    expect(comparison?.memory?.heap.bytes.head).toBe(comparison?.memory?.heap.bytes.base)
    const ports = comparison?.notes.filter((note) => note.includes('port 8080 of the conf is port '))
    expect(ports).toContainEqual(expect.stringMatching(/^head: port 8080 /))
    expect({ code, behind, left }).toEqual({ code: 0, behind: NOTHING, left: [] })
  })

  test('a table that is kept, and a cache that doubles, are told by path and size', async () => {
    const repository = await aFeature(demo({ entries: 1000, line: 'kept[#kept + 1] = {}' }))
    const { code, out, comparison, behind, left } = await compare(repository, [...SMALL, '--rounds', '0'])
    expect(comparison?.memory?.kept).toMatchObject([
      {
        path: 'registry._LOADED.demo.go.^kept[*]',
        source: 'demo.lua:5',
        objectsPerRequest: { base: 0, head: 1 },
        bytesPerRequest: { base: 0, head: 64 },
        call: 'more',
      },
    ])
    const [cache] = comparison?.memory?.heap.paths ?? []
    expect(cache).toMatchObject({
      path: 'registry._LOADED.demo.go.^cache{*}',
      objects: { base: 1000, head: 2000 },
    })
    expect(cache!.bytes.head).toBe(2 * cache!.bytes.base)
    expect(out).toMatch(/^head keeps more with each request on 1 path; holds \+/)
    expect({ code, behind, left }).toEqual({ code: 1, behind: NOTHING, left: [] })
  })

  test('garbage is told exactly, and times are taken in turn', async () => {
    const repository = await aFeature(demo({ line: 'ngx.header["X-N"] = "unique " .. n ngx.sleep(0.015)' }))
    const { code, out, comparison } = await compare(repository, [
      ...[...SMALL, '--amount', '500', '--warmup', '500', '--rounds', '9'],
      ...['--threshold', 'latency:50%', '--fail-on', 'slower'],
    ])
    const { base, head } = comparison?.memory?.garbage ?? {}
    expect(head!.objectsPerRequest).toBeGreaterThanOrEqual(base!.objectsPerRequest + 1)
    const single = comparison?.times.find(({ task, metric }) => task === 'GET /t' && metric === 'latency.min')
    expect(single).toMatchObject({ call: 'slower', rounds: 9, minimum: 0.5 })
    expect(out).toMatch(/is slower: .*\n {2}Failed \(--fail-on slower\)\./)
    expect(code).toBe(1)
  })
})

test('a conf in a folder below, several requests, a body: each request has its times', async () => {
  const conf = CONF.replace(
    '/t {',
    '/echo { content_by_lua_block { ngx.req.read_body() ngx.print(ngx.req.get_body_data()) } } location = /t {',
  )
  const repository = await Repository.create({ 'web/conf/nginx.conf': conf, 'web/lua/demo.lua': demo() })
  await repository.branch('feature', { 'README.md': '' })
  const { code, out, comparison } = await compare(
    repository,
    [
      ...[...SMALL, '--request', 'POST /echo', '--body', 'n is {n}'],
      ...['--amount', '500', '--rounds', '3', '--round-ms', '400'],
    ],
    { conf: 'web/conf/nginx.conf' },
  )
  expect(out).toMatch(/^no difference between base and head/)
  const metrics = comparison?.head.tasks.map(({ name, metrics }) => [name, Object.keys(metrics)])
  expect(metrics).toEqual([
    [
      'load x10',
      ['throughput', 'latency.p50', 'latency.p99', 'latency.p50{POST /t}', 'latency.p50{POST /echo}', 'cpu'],
    ],
    ['POST /t', ['latency.min', 'latency.p50']],
    ['POST /echo', ['latency.min', 'latency.p50']],
  ])
  expect(code).toBe(0)
})

describeWithEngine('in containers', () => {
  test('both sides boot from one image, are compared with their time on a core, and are gone afterwards', async () => {
    const repository = await aFeature(demo({ line: 'kept[#kept + 1] = {}' }))
    const container = [...SMALL, '--runtime', 'container', '--amount', '500', '--warmup', '500']
    let pid: number | undefined
    const { code, comparison, behind, left } = await compare(
      repository,
      [...container, '--rounds', '2', '--round-ms', '40'],
      {
        meanwhile: async (child) => {
          pid = child.pid
        },
      },
    )
    expect(comparison?.memory?.kept).toMatchObject([
      { path: 'registry._LOADED.demo.go.^kept[*]', objectsPerRequest: { base: 0, head: 1 }, call: 'more' },
    ])
    expect(comparison?.memory?.heap.paths).toEqual([])
    expect(comparison?.times.map(({ metric }) => metric)).toContain('cpu')
    expect({ code, behind, left }).toEqual({ code: 1, behind: NOTHING, left: [] })
    expect(await docker('ps', '-aq', '--filter', `label=vitest-openresty-leak.pid=${pid}`)).toBe('')
  })
})

describe('what cannot be compared says which side', () => {
  test('a base that does not start ends with 3, and every form says so', async () => {
    const repository = await Repository.create({ 'nginx.conf': CONF.replace('events', 'nonsense on; events') })
    await repository.branch('feature', { 'nginx.conf': CONF, 'lua/demo.lua': demo() })
    const { code, err, comparison, behind, left } = await compare(repository, [...SMALL, '--rounds', '0'])
    expect(comparison).toMatchObject({
      measured: false,
      passed: false,
      reasons: [expect.stringMatching(/^base main .* does not start/)],
      base: { revision: { ref: 'main' }, memory: null },
    })
    expect(err).toMatch(/^resty-leak: base main \([0-9a-f]{7}\) does not start: [\s\S]*unknown directive "nonsense"/)
    expect({ code, behind, left }).toEqual({ code: 3, behind: NOTHING, left: [] })
  })

  test('a head that answers with errors ends with 3', async () => {
    const repository = await aFeature('error("broken")')
    const { code, out, comparison, behind } = await compare(repository, [...SMALL, '--rounds', '0'])
    expect(out).toMatch(/^not compared: head could not be measured: unexpected status of GET \/\S+: 500 /)
    expect(comparison).toMatchObject({ measured: false, passed: false, memory: null, times: [] })
    expect({ code, behind }).toEqual({ code: 3, behind: NOTHING })
  })

  test('a head that fails once it is started anew ends with 3, with the memory that was seen', async () => {
    const mark = `${await aFolder()}/first`
    const line = `local ffi = require "ffi" pcall(ffi.cdef, "int getppid(void);")
      local master = ffi.C.getppid()
      local first = io.open("${mark}", "r+") or io.open("${mark}", "w+")
      local started = first:read("*n") or master
      first:seek("set") first:write(started) first:close()
      if started ~= master then error("restarted") end`
    const repository = await Repository.create({ 'nginx.conf': CONF, 'lua/demo.lua': demo() })
    await repository.branch('feature', { 'lua/demo.lua': demo({ entries: 1000, line }) })
    const { code, out, comparison, behind } = await compare(repository, [...SMALL, '--rounds', '2'])
    expect(out).toMatch(/^not compared: head feature \([0-9a-f]{7}\) answered a load with 500 /)
    expect(comparison).toMatchObject({ measured: false, passed: false, times: [] })
    expect(comparison?.memory?.heap.paths[0]?.path).toBe('registry._LOADED.demo.go.^cache{*}')
    expect({ code, behind }).toEqual({ code: 3, behind: NOTHING })
  })

  test('an unknown revision ends with 2, before anything starts', async () => {
    const repository = await aFeature(demo())
    const { code, err } = await compare(repository, [...SMALL, '--base', 'mian'])
    expect(err).toMatch(/^resty-leak: base: mian is neither a revision in /)
    expect(code).toBe(2)
  })
})

describe('nothing is left of a comparison', () => {
  test.each(['SIGINT', 'SIGTERM', 'SIGKILL'] as const)('that %s ends', async (signal) => {
    const repository = await aFeature(demo())
    const { code, behind, left, folder } = await compare(repository, [...SMALL, '--amount', '100000000'], {
      meanwhile: async (child, tmp) => {
        await until(async () => (await nginxNaming(tmp)).length >= 2 || child.exitCode !== null)
        child.kill(signal)
        await new Promise((resolve) => child.once('close', resolve))
        // Those who clean up after a process that was killed notice its end, and then need a moment.
        const trees = async () => (await repository.git('worktree', 'list')).split('\n').length
        await until(async () => (await trees()) === 1 && (await nginxNaming(tmp)).length === 0)
        await until(async () => (await readdir(tmp)).filter((name) => name !== '.keep').length === 0)
      },
    })
    expect(folder).not.toBe('')
    expect({ code, behind, left }).toEqual({ code: signal === 'SIGKILL' ? null : 130, behind: NOTHING, left: [] })
  })
})
