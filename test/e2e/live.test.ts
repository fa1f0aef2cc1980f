import { spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { walkerPath } from '../../plugin/heapwalk/walker-path.js'
import { bootRuntime } from '../../plugin/runtime/boot.js'
import type { Runtime } from '../../plugin/types/runtime.js'
import { OpenrestyFixture } from '../../plugin/vitest/fixture.js'
import { describeWithEngine, docker } from './docker.js'
import { aFolder, confWith, restyLeak } from './resty-leak.js'

const LOCATIONS = `
location = /t { content_by_lua_block { ngx.print("ok") } }
location = /keep { content_by_lua_block { kept = kept or {} kept[#kept + 1] = "kept " .. #kept } }
location = /fill { content_by_lua_block { filled = {} for i = 1, 100000 do filled[i] = "filled " .. i end } }`

/** Of the conf, where its Lua is. */
const [LINE_OF_KEEP, LINE_OF_FILL] = ['nginx.conf:8', 'nginx.conf:9']

/** A command of the live tools; without `--json`. */
function live(...args: string[]) {
  return restyLeak(args, { json: false })
}

describe('a server on this machine that somebody else started', () => {
  let folder: string
  let server: Runtime
  let pid: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'live-e2e-'))
    await writeFile(join(folder, 'nginx.conf'), confWith(LOCATIONS, 'lua_shared_dict cache 2m;'))
    server = await bootRuntime({ conf: join(folder, 'nginx.conf'), runtime: 'local' })
    pid = String((await server.workers())[0]!.pid)
    await fetch(`${server.url}/fill`)
  })
  afterAll(async () => {
    await server[Symbol.asyncDispose]()
    await rm(folder, { recursive: true })
  })

  test('heap shows the path that holds most, after saying what it costs', async () => {
    const files = await aFolder()
    const [json, html] = [join(files, 'heap.json'), join(files, 'heap.html')]
    const { code, out, err, left } = await live('heap', '-p', pid, '--json', json, '--html', html)
    expect({ code, left }).toEqual({ code: 0, left: [] })
    expect(err).toMatch(
      new RegExp(
        `^worker ${pid}: will stand still for about [\\d.]+ ms, to copy [\\d.]+ MB\nworker ${pid}: stood still for [\\d.]+ ms\n$`,
      ),
    )
    expect(out).toMatch(/100,000\s+string\s+globals\.filled\[\*\]/)
    expect(out).toMatch(/% of what is reachable hangs on _G\.filled: /)
    const { format, workers } = JSON.parse(await readFile(json, 'utf8'))
    expect(format).toBe('resty-leak-heap/1')
    expect(workers[0].vms[0].paths).toContainEqual(
      expect.objectContaining({ path: 'globals.filled[*]', objects: 100000 }),
    )
    expect(await readFile(html, 'utf8')).toContain(`Lua heap of worker ${pid}`)
    expect(out).toMatch(/^ +own +share +with below +retained /m)
    expect((await live('heap', '-p', pid, '--no-retained')).out).not.toContain('retained')
    const { mayBeAddedAt } = workers[0].vms[0].paths.find(({ path }: { path: string }) => path === 'globals.filled[*]')
    expect(mayBeAddedAt).toMatchObject([{ source: LINE_OF_FILL, function: null }])
    expect(out).toContain(`It may be added at ${LINE_OF_FILL}: so the bytecode says`)
  })

  test.runIf(process.arch === 'x64')('a clone of the worker is read where that is asked for', async () => {
    const json = join(await aFolder(), 'snapshot.json')
    const { code, err, left } = await live('snapshot', '-p', pid, '--freeze', 'fork', '-o', json)
    expect({ code, left }).toEqual({ code: 0, left: [] })
    expect(err).toMatch(/will stand still for about [\d.]+ ms, .*\n.*: stood still for [\d.]+ ms\n$/)
    expect(JSON.parse(await readFile(json, 'utf8')).freeze).toMatchObject({ how: 'parked', cloned: true })
    expect((await live('snapshot', '-p', pid, '--freeze', 'spoon', '-o', json)).code).toBe(2)
  })

  test('report says first what it comes to, and where each part of the memory is', async () => {
    const html = join(await aFolder(), 'worker.html')
    const { code, out: json, err: out, left } = await live('report', '-p', pid, '--html', html, '--json', '-')
    expect({ code, left }).toEqual({ code: 0, left: [] })
    const { format, workers } = JSON.parse(json)
    expect({ format, pids: workers.map((worker: { pid: number }) => worker.pid) }).toEqual({
      format: 'resty-leak-worker/1',
      pids: [Number(pid)],
    })
    for (const sentence of workers[0].verdict) expect(out).toContain(sentence)
    expect(out).toMatch(/^The Lua heap is [\d.]+ % of the worker's resident memory/m)
    expect(out).toMatch(/^What is unusual, and what to do\n.*hangs on _G\.filled: [\d.]+ MB in 100,001 objects/m)
    const page = await readFile(html, 'utf8')
    expect(page).toContain(`<h1>Memory of worker ${pid}: `)
    expect(page).toContain('data-path="globals.filled[*]"')
  })

  test.each([
    [
      ['report'],
      'report of what? Give a file that run --json wrote, or a running worker: -p PID, --container ID, or --core FILE.',
    ],
    [['report', '-p', '1', '--folded', 'x.txt'], '--folded renders the report of a run'],
    [['report', 'r.json', '-p', '1'], 'r.json and -p exclude each other'],
  ])('%j is refused', async (args, says) => {
    const { code, err } = await live(...args)
    expect(code).toBe(2)
    expect(err).toContain(says)
  })

  test('heap and snapshot read an image that heapwalk saved, in the place of a process', async () => {
    const files = await aFolder()
    const [image, file] = [join(files, 'image'), join(files, 'heap.json')]
    spawnSync(walkerPath(), ['snap', '-p', pid, '--save-image', image, '-o', '/dev/null'])
    const { code, out, err } = await live('heap', '--core', image)
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toMatch(/100,000\s+string\s+globals\.filled\[\*\]/)
    expect(await live('snapshot', '--core', image, '-o', file)).toMatchObject({ code: 0, err: '' })
    expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ format: 'resty-heap/1', pid: Number(pid) })
  })

  test('what is no core file is refused by its name', async () => {
    const { code, err, left } = await live('memory', '--core', '/bin/sh')
    expect({ code, err, left }).toEqual({
      code: 3,
      err: 'resty-leak: cannot use --core /bin/sh: neither a core file nor a saved image (which begins with heapimg1 or heapimg2)\n',
      left: [],
    })
  })

  test('memory shows rows that sum to the resident set', async () => {
    const files = await aFolder()
    const json = join(files, 'memory.json')
    const { code, out } = await live('memory', '-p', pid, '--json', json)
    expect(code).toBe(0)
    expect(out).toMatch(new RegExp(`^worker ${pid}: [\\d.]+ MB resident \\(RSS\\), the rows sum to it exactly\n`))
    const [worker] = JSON.parse(await readFile(json, 'utf8')).workers
    const bytes = worker.rows.map((row: { bytes: number }) => row.bytes)
    expect(bytes.reduce((sum: number, each: number) => sum + each, 0)).toBe(worker.rss)
    expect(worker.rows).toContainEqual(expect.objectContaining({ category: 'shm', name: 'cache', size: 2 << 20 }))
  })

  test('two snapshots show by diff what came between them', async () => {
    const files = await aFolder()
    const [before, after] = [join(files, 'a.json'), join(files, 'b.json')]
    expect((await live('snapshot', '-p', pid, '-o', before)).code).toBe(0)
    for (let i = 0; i < 100; i++) await fetch(`${server.url}/keep`)
    expect((await live('snapshot', '-p', pid, '-o', after)).code).toBe(0)
    const { code, out } = await live('diff', before, after)
    expect(code).toBe(0)
    expect(out).toMatch(/\+100\s+string\s+globals\.kept\[\*\]/)
    const cut = join(files, 'cut.json')
    await writeFile(cut, (await readFile(before, 'utf8')).slice(0, -20))
    const refused = await live('diff', before, cut)
    expect(refused.code).toBe(2)
    expect(refused.err).toContain(`${cut}: the snapshot was cut off`)
  })

  test('a pause that is too long is not made', async () => {
    const { code, err, out } = await live('heap', '-p', pid, '--max-pause', '1')
    expect({ code, out }).toEqual({ code: 3, out: '' })
    expect(err).toMatch(/no more than 1 ms are allowed|longer than is allowed/)
  })

  test('what cannot be read is said, with 3; what was not given, with 2', async () => {
    const ours = await live('memory', '-p', String(process.pid))
    expect({ code: ours.code, err: ours.err }).toMatchObject({ code: 3, err: expect.stringContaining('is not nginx') })
    const gone = await live('heap', '-p', '4194303')
    expect({ code: gone.code, err: gone.err }).toMatchObject({ code: 3, err: expect.stringContaining('no process') })
    expect((await live('heap')).code).toBe(2)
  })

  test('run --attach finds its leak, and leaves the server running', async () => {
    const { code, out, report, left } = await restyLeak([
      ...['run', '--attach', pid, '--url', server.url, '--request', '/keep', '--amount', '3000', '--warmup', '300'],
    ])
    expect(out).toContain('GC roots => globals => .kept')
    expect(out).toContain('it is neither restarted nor reloaded')
    expect(report).toMatchObject({
      verdict: 'leak',
      runtime: { kind: 'attach' },
      growths: [{ addedAt: [], mayBeAddedAt: [{ source: LINE_OF_KEEP, function: null }] }],
    })
    expect(out).toContain(`It may be added at ${LINE_OF_KEEP}: so the bytecode says, and nobody saw it run.`)
    expect({ code, left }).toEqual({ code: 1, left: [] })
    expect((await fetch(`${server.url}/t`)).status).toBe(200)
  })

  test('a test attaches by pid', async () => {
    await using openresty = new OpenrestyFixture({
      testFile: import.meta.filename,
      testName: 'attach',
      defaults: {},
      signal: new AbortController().signal,
      record: () => {},
    })
    const attached = await openresty.attach({ pid: Number(pid), url: server.url })
    const run = await attached.measure({ request: '/t', amount: 3000, warmup: 300 })
    expect(run.verdict).toBe('ok')
    await expect(attached.reload()).rejects.toThrow('is not reloaded')
    await expect(openresty.attach({ pid: Number(pid), url: 'http://127.0.0.1:1' })).rejects.toThrow(
      'nothing answers at http://127.0.0.1:1',
    )
  })
})

describeWithEngine('a container that somebody else started, without SYS_PTRACE', () => {
  const dockerfile = fileURLToPath(new URL('../../docker/bookworm.Dockerfile', import.meta.url))
  let folder: string
  let id: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'live-e2e-'))
    const conf = join(folder, 'nginx.conf')
    const head = 'user www-data; worker_processes 2; include /etc/nginx/modules-enabled/*.conf;\n'
    await writeFile(conf, `${head}${confWith(LOCATIONS)}`)
    const image = await docker('build', '-q', '-f', dockerfile, folder)
    id = await docker('create', '--rm', '-p', '127.0.0.1::8080', image, 'nginx', '-g', 'daemon off;')
    await docker('cp', conf, `${id}:/etc/nginx/nginx.conf`)
    await docker('start', id)
  })
  afterAll(async () => {
    await docker('rm', '-f', id)
    await rm(folder, { recursive: true })
  })

  test('its workers are read as their own user, and nothing is left in it', async () => {
    const before = await docker('exec', id, 'ls', '-a', '/')
    const { code, out } = await live('memory', '--container', id)
    expect(code).toBe(0)
    // of each worker its resident set, and what malloc has handed out
    expect(out.match(/the rows sum to it exactly/g)).toHaveLength(4)
    expect(await docker('exec', id, 'ls', '-a', '/')).toBe(before)
  })

  test('run --attach measures it', async () => {
    const url = `http://${(await docker('port', id, '8080')).split('\n')[0]}`
    const { code, report } = await restyLeak([
      ...['run', '--attach', id, '--url', url, '--request', '/keep', '--amount', '3000', '--warmup', '300'],
    ])
    expect(report).toMatchObject({ verdict: 'leak', growths: [{ path: 'globals.kept[*]' }] })
    expect(code).toBe(1)
  })

  test('a container that is not there is named', async () => {
    const { code, err } = await live('heap', '--container', 'no-such-container')
    expect({ code, err }).toEqual({
      code: 3,
      err: 'resty-leak: cannot attach to container no-such-container: No such container: no-such-container\n',
    })
  })
})
