import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { run } from '../../../plugin/base/spawn.js'
import { startContainer } from '../../../plugin/runtime/container/container.js'
import type { Runtime, RuntimeOptions } from '../../../plugin/types/runtime.js'
import { containersOf, describeWithEngine, docker } from '../docker.js'

describeWithEngine('in a container', () => {
  let folder: string

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'container-e2e-'))
  })
  afterEach(async () => {
    await rm(folder, { recursive: true })
    expect(await containersOf(process.pid)).toEqual([])
  })

  /** Writes files of the prefix and gives the options for its nginx.conf. */
  async function prefix(files: Readonly<Record<string, string>>): Promise<RuntimeOptions> {
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, path)), { recursive: true })
      await writeFile(join(folder, path), text, { mode: 0o600 })
    }
    await chmod(folder, 0o700)
    return { conf: join(folder, 'nginx.conf'), runtime: 'container' }
  }

  const conf = (server: string, http = '') => `events {}
http {
  include mime.types;
  lua_package_path "$prefix/lua/?.lua;;";
  ${http}
  server {
    listen 80;
    listen [::]:80;
    ${server}
  }
}
`

  test('runs the conf with its Lua files, which only their owner may read, at their own paths', async () => {
    const options = await prefix({
      'nginx.conf': conf(
        'location = /t { content_by_lua_block { ngx.say(require("demo"), " line ", debug.getinfo(1).currentline) } }',
      ),
      'lua/demo.lua': 'return debug.getinfo(1, "S").source',
    })
    await using runtime = await startContainer(options)
    const answer = await fetch(`${runtime.url}/t`)
    expect([answer.status, await answer.text()]).toEqual([200, `@${folder}//lua/demo.lua line 1\n`])
    expect(await readdir(folder)).toEqual(['lua', 'nginx.conf'])
  })

  test('publishes each port of the conf on 127.0.0.1 alone, and adds no capability but SYS_PTRACE', async () => {
    const options = await prefix({
      'nginx.conf': conf('return 200 "first";', 'server { listen 127.0.0.1:8081; return 200 "second"; }'),
    })
    await using runtime = await startContainer(options)
    const texts = await Promise.all([80, 8081].map(async (port) => (await fetch(runtime.origin(port))).text()))
    expect(texts).toEqual(['first', 'second'])
    expect(() => runtime.origin(9000)).toThrow(
      expect.objectContaining({
        code: 'RUNTIME_PORT_UNKNOWN',
        message: expect.stringContaining('9000; it listens on 8081, 80'),
      }),
    )
    const [container] = await containersOf(process.pid)
    const bindings = Object.values(container!.NetworkSettings.Ports).flatMap((ports) => ports ?? [])
    expect(bindings.map(({ HostIp }) => HostIp)).toEqual(['127.0.0.1', '127.0.0.1'])
    expect(container!.HostConfig).toMatchObject({ CapAdd: ['SYS_PTRACE'], Privileged: false })
  })

  test('takes exact snapshots of the workers that the test asked for', async () => {
    const options = await prefix({ 'nginx.conf': conf('location = /t { content_by_lua_block { ngx.say("hello") } }') })
    await using runtime = await startContainer({ ...options, workers: 2 })
    await (await fetch(`${runtime.url}/t`)).text()
    const workers = await runtime.workers()
    expect(workers).toHaveLength(2)
    for (const { pid } of workers) {
      const snapshot = await runtime.snapshot(pid)
      expect(snapshot.pid).toBe(pid)
      expect(snapshot.vms.map(({ accounted, gcTotal }) => accounted === gcTotal)).toEqual([true])
    }
    expect(await runtime.counters()).toMatchObject({ requests: 1 })
  })

  test('has no process with Lua beside its workers', async () => {
    const options = await prefix({ 'nginx.conf': conf('return 204;') })
    await using runtime = await startContainer(options)
    expect(await runtime.others()).toEqual([])
  })

  test('a pid that is no worker is an error that names the workers', async () => {
    const options = await prefix({ 'nginx.conf': conf('return 204;') })
    await using runtime = await startContainer(options)
    const [worker] = await runtime.workers()
    await expect(runtime.snapshot(1)).rejects.toMatchObject({
      code: 'WALKER_CANNOT_READ',
      message: expect.stringContaining(`The workers are ${worker!.pid}.`),
    })
  })

  test('a reload brings new workers', async () => {
    const options = await prefix({ 'nginx.conf': conf('return 204;') })
    await using runtime = await startContainer(options)
    const before = await runtime.workers()
    await runtime.reload()
    const after = await runtime.workers()
    expect(after).toHaveLength(1)
    expect(before).not.toContainEqual(after[0])
    expect((await fetch(runtime.url)).status).toBe(204)
  })

  test("shows nginx's own error for a conf that it rejects", async () => {
    const options = await prefix({ 'nginx.conf': conf('no_such_directive on;') })
    await expect(startContainer(options)).rejects.toMatchObject({
      code: 'RUNTIME_CONF_REJECTED',
      message: expect.stringContaining(`unknown directive "no_such_directive" in ${options.conf}:9`),
    })
  })

  test('shows the Lua module that is missing as nginx starts', async () => {
    const options = await prefix({
      'nginx.conf': conf('return 204;', 'init_by_lua_block { require "no.such.module" }'),
    })
    await expect(startContainer(options)).rejects.toMatchObject({
      code: 'RUNTIME_LUA_FAILED',
      message: expect.stringContaining("module 'no.such.module' not found"),
    })
  })

  test('leaves conf and log of a start that failed where it says when they are to be kept', async () => {
    const options = await prefix({ 'nginx.conf': conf('no_such_directive on;') })
    const error: Error = await startContainer({ ...options, keep: true }).then(String, (reason) => reason)
    const [, kept = ''] = /its log, stay in (\S+)$/.exec(error.message) ?? []
    expect(await readFile(join(kept, 'mirror', options.conf), 'utf8')).toContain('no_such_directive')
    expect(await readFile(join(kept, 'error.log'), 'utf8')).toContain('unknown directive "no_such_directive"')
    await rm(kept, { recursive: true })
  })

  test('keeps what workers log', async () => {
    const options = await prefix({
      'nginx.conf': conf('location = /t { content_by_lua_block { ngx.log(ngx.WARN, "seen") ngx.say("hello") } }'),
    })
    await using runtime = await startContainer(options)
    await (await fetch(`${runtime.url}/t`)).text()
    await expect.poll(() => runtime.errorLog()).toMatch(/\[warn\].*seen/)
  })

  test('leaves conf, log and snapshots where it says when they are to be kept', async () => {
    const options = await prefix({ 'nginx.conf': conf('location = /t { content_by_lua_block { ngx.say("hello") } }') })
    const runtime = await startContainer({ ...options, keep: true })
    const kept = /stay in (\S+)/.exec(runtime.notices.join('\n'))![1]!
    try {
      const [worker] = await runtime.workers()
      await runtime.snapshot(worker!.pid)
      await runtime[Symbol.asyncDispose]()
      expect(await readdir(kept)).toEqual(['error.log', 'mirror', `snapshot-1-${worker!.pid}.json`])
      expect(await readFile(join(kept, 'mirror', options.conf), 'utf8')).toContain('ngx.say("hello")')
    } finally {
      await runtime[Symbol.asyncDispose]()
      await rm(kept, { recursive: true })
    }
  })

  test('says so when its container was ended by somebody else', async () => {
    const options = await prefix({ 'nginx.conf': conf('return 204;') })
    await using runtime = await startContainer(options)
    const [container] = await containersOf(process.pid)
    await docker('kill', container!.Id)
    await expect.poll(() => runtime.workers().then(String, (error) => error.code)).toBe('RUNTIME_STOPPED')
  })

  test('an image without nginx or without a shell, and one that does not exist, are errors that name it', async () => {
    const options = await prefix({ 'nginx.conf': conf('return 204;') })
    await expect(startContainer({ ...options, image: 'debian:bookworm-slim' })).rejects.toMatchObject({
      code: 'RUNTIME_NO_OPENRESTY',
      message: expect.stringContaining('debian:bookworm-slim'),
    })
    await expect(startContainer({ ...options, image: 'localhost:1/no/such:image' })).rejects.toMatchObject({
      code: 'RUNTIME_NO_IMAGE',
      message: expect.stringContaining('localhost:1/no/such:image'),
    })
  })

  test("builds the user's Dockerfile, and shows the step that fails", async () => {
    const text = conf('location = /t { content_by_lua_block { ngx.say(os.getenv("FLAVOUR")) } }')
    const options = await prefix({ 'nginx.conf': `env FLAVOUR; ${text}` })
    const image = await defaultImage(options)
    let built = ''
    const dockerfile = join(folder, 'Dockerfile')
    await writeFile(dockerfile, `FROM ${image}\nENV FLAVOUR=plum\n`)
    {
      await using runtime = await startContainer({ ...options, dockerfile })
      expect(await (await fetch(`${runtime.url}/t`)).text()).toBe('plum\n')
      built = imageOf(runtime)
    }
    await writeFile(dockerfile, `FROM ${image}\nRUN echo no-way; exit 3\n`)
    await expect(startContainer({ ...options, dockerfile })).rejects.toMatchObject({
      code: 'RUNTIME_NO_IMAGE',
      message: expect.stringContaining('echo no-way; exit 3'),
    })
    await docker('rmi', built)
  })

  test('is gone when the start is cancelled', async () => {
    const options = await prefix({ 'nginx.conf': conf('return 204;', 'init_by_lua_block { os.execute("sleep 60") }') })
    const reason = new Error('cancelled')
    const cancel = new AbortController()
    const cancelled = expect(startContainer({ ...options, signal: cancel.signal })).rejects.toBe(reason)
    await expect.poll(() => containersOf(process.pid)).not.toEqual([])
    cancel.abort(reason)
    await cancelled
  })

  const imageOf = (runtime: Runtime) => /in (\S+)$/.exec(runtime.description)![1]!

  /** The image that is used where none is asked for. */
  async function defaultImage(options: RuntimeOptions): Promise<string> {
    await using runtime = await startContainer(options)
    return imageOf(runtime)
  }

  test('is gone once its process is, however that ended', async () => {
    const options = await prefix({ 'nginx.conf': conf('return 204;') })
    const script = fileURLToPath(new URL('boot-container-and-die.mjs', import.meta.url))
    const { exitCode, stdout, stderr } = await run(process.execPath, [script, options.conf])
    expect([exitCode, stdout, stderr]).toEqual([null, expect.stringMatching(/^\d+ http:/), ''])
    await expect.poll(() => containersOf(Number.parseInt(stdout, 10)), { timeout: 10_000 }).toEqual([])
  })
})
