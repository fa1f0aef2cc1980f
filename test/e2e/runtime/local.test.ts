import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { run } from '../../../plugin/base/spawn.js'
import { bootRuntime } from '../../../plugin/runtime/boot.js'
import type { RuntimeOptions } from '../../../plugin/types/runtime.js'

let folder: string
/** Stands for the system's own, so that what another process leaves there does not matter. */
let temp: string

/** Pids of processes whose command line names a path below `folder`. */
function processesOf(path: string): readonly string[] {
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) return false
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(path)
    } catch {
      return false
    }
  })
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'local-e2e-'))
  temp = mkdtempSync(join(tmpdir(), 'local-e2e-temp-'))
  vi.stubEnv('TMPDIR', temp)
})
afterEach(() => {
  vi.unstubAllEnvs()
  const left = readdirSync(temp)
  rmSync(temp, { recursive: true })
  rmSync(folder, { recursive: true })
  expect(left).toEqual([])
  expect(processesOf(temp)).toEqual([])
})

/** Writes files and gives the options for the nginx.conf among them. */
function prefix(files: Readonly<Record<string, string>>, conf = 'nginx.conf'): RuntimeOptions {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text, { mode: 0o600 })
  }
  return { conf: join(folder, conf), runtime: 'local' }
}

function conf(server: string, http = ''): string {
  return `events {}\nhttp {\n  lua_package_path "$prefix/lua/?.lua;;";\n  ${http}\n  server {\n    listen 80;\n    ${server}\n  }\n}\n`
}

const lua = (code: string, path = '/') => `location ${path} { content_by_lua_block { ${code} } }`

async function get(url: string): Promise<[number, string]> {
  const answer = await fetch(url)
  return [answer.status, await answer.text()]
}

describe('a conf', () => {
  test('runs with its own Lua files, names and lines, and nothing is written beside it', async () => {
    const options = prefix({
      'nginx.conf': conf(`\n${lua('ngx.say(require("demo"), " ", debug.getinfo(1).source)', '/t')}`),
      'lua/demo.lua': 'return debug.getinfo(1, "S").source',
    })
    await using runtime = await bootRuntime(options)
    expect(await get(`${runtime.url}/t`)).toEqual([200, `@${folder}//lua/demo.lua =content_by_lua(nginx.conf:8)\n`])
    expect(readdirSync(folder)).toEqual(['lua', 'nginx.conf'])
    expect(runtime.kind).toBe('local')
    expect(runtime.description).toMatch(/^(nginx|openresty) \d/)
  })

  test('in a folder named conf has the parent as prefix, and finds what it includes by every kind of path', async () => {
    const elsewhere = join(folder, 'elsewhere')
    const options = prefix(
      {
        'site/conf/nginx.conf': `events {} http { include sub/*.conf; include ../shared.conf; include ${elsewhere}/x.conf; server { listen 80; ${lua('ngx.say(require("demo"))')} } }`,
        'site/conf/sub/a.conf': 'server { listen 81; return 200 "a"; }',
        'site/conf/sub/b.conf': 'lua_package_path "$prefix/lua/?.lua;;";',
        'site/shared.conf': 'server { listen 82; return 200 "shared"; }',
        'elsewhere/x.conf': 'server { listen 83; return 200 "x"; }',
        'site/lua/demo.lua': 'return "demo"',
      },
      'site/conf/nginx.conf',
    )
    await using runtime = await bootRuntime(options)
    expect(await get(runtime.origin(80))).toEqual([200, 'demo\n'])
    expect(await get(runtime.origin(81))).toEqual([200, 'a'])
    expect(await get(runtime.origin(82))).toEqual([200, 'shared'])
    expect(await get(runtime.origin(83))).toEqual([200, 'x'])
    expect(() => runtime.origin(84)).toThrow(expect.objectContaining({ code: 'RUNTIME_PORT_UNKNOWN' }))
  })

  test('keeps a port that is free, moves one that is in use, and proxies to itself all the same', async () => {
    const taken = createServer().listen({ host: '127.0.0.1', port: 0 })
    await new Promise((resolve) => taken.once('listening', resolve))
    const address = taken.address()
    const port = typeof address === 'object' ? address?.port : undefined
    try {
      const options = prefix({
        'nginx.conf': conf(
          `location /p { proxy_pass http://127.0.0.1:${port}/; }`,
          `server { listen ${port}; listen [::]:${port}; return 200 "inner"; }`,
        ),
      })
      await using runtime = await bootRuntime(options)
      expect(runtime.notices).toContainEqual(expect.stringContaining(`${port} is in use`))
      expect(await get(`${runtime.origin(80)}/p`)).toEqual([200, 'inner'])
    } finally {
      await new Promise((resolve) => taken.close(resolve))
    }
  })

  test('may lie in a folder whose name has spaces, quotes and semicolons', async () => {
    const odd = join(temp, `a "b'; c`)
    mkdirSync(odd)
    vi.stubEnv('TMPDIR', odd)
    const options = prefix(
      { [`${odd.slice(temp.length)}/nginx.conf`]: conf(lua('ngx.say("hi")'), 'access_log a.log;') },
      `${odd.slice(temp.length)}/nginx.conf`,
    )
    {
      await using runtime = await bootRuntime(options)
      expect(await get(runtime.url)).toEqual([200, 'hi\n'])
      const [worker] = await runtime.workers()
      expect((await runtime.snapshot(worker!.pid)).pid).toBe(worker!.pid)
    }
    expect(readdirSync(odd)).toEqual([])
    rmSync(odd, { recursive: true })
  })

  test('with daemon, user, logs and caches of its own runs in the foreground and away from them', async () => {
    const options = prefix({
      'nginx.conf': `daemon on; user nobody; pid logs/nginx.pid; error_log logs/error.log info;\n${conf(
        'access_log logs/a.log; return 204;',
        'proxy_cache_path cache keys_zone=c:1m;',
      )}`,
    })
    await using runtime = await bootRuntime(options)
    expect(await get(runtime.url)).toEqual([204, ''])
    expect(readdirSync(folder)).toEqual(['nginx.conf'])
    expect(await runtime.errorLog()).toContain('start worker process')
  })

  test('has as many workers as asked for', async () => {
    const options = prefix({ 'nginx.conf': `worker_processes 3;\n${conf('return 204;')}` })
    for (const [workers, count] of [
      [undefined, 1],
      [2, 2],
      ['conf', 3],
    ] as const) {
      await using runtime = await bootRuntime({ ...options, ...(workers && { workers }) })
      expect(await runtime.workers()).toHaveLength(count)
    }
  })

  test('has its Lua code cache turned on, and says so', async () => {
    const options = prefix({ 'nginx.conf': conf('return 204;', 'lua_code_cache off;') })
    await using runtime = await bootRuntime(options)
    expect(runtime.notices).toContainEqual(expect.stringMatching(/^nginx\.conf:4: lua_code_cache off was turned on/))
    expect(runtime.doubts).toEqual([expect.stringMatching(/^nginx\.conf:4: lua_code_cache is off, /)])
  })

  test('that listens on a unix socket has it where Lua code looks for it, and so has a second one of the same folder', async () => {
    const path = join(folder, 'run/events.sock')
    const connects = lua(`
      local socket = ngx.socket.tcp()
      assert(socket:connect("unix:" .. require("events").socket))
      socket:send("GET / HTTP/1.0\\r\\n\\r\\n")
      local answer = socket:receive("*a")
      ngx.say(answer:find("pid " .. ngx.worker.pid() .. "$") and "its own" or answer)`)
    const events = 'return { socket = ngx.config.prefix() .. "run/events.sock", name = function() return "events" end }'
    const inner = `server { listen unix:${path}; return 200 "pid $pid"; }`
    const options = prefix({ 'nginx.conf': conf(connects, inner), 'lua/events.lua': events })
    mkdirSync(join(folder, 'run'))
    {
      await using runtime = await bootRuntime(options)
      expect(await get(runtime.url)).toEqual([200, 'its own\n'])
      expect(runtime.notices.filter((notice) => notice.startsWith('unix'))).toEqual([])
      await using second = await bootRuntime(options)
      expect(second.notices).toContainEqual(
        expect.stringMatching(
          new RegExp(
            `^unix socket ${path} of the conf is /.*/run/events\\.sock here: another server listens there; Lua that finds it by the prefix finds it here$`,
          ),
        ),
      )
      expect(await get(second.url)).toEqual([200, 'its own\n'])
      expect(await get(runtime.url)).toEqual([200, 'its own\n'])
      // its files are the user's for whoever reads of them
      expect(second.prefix).toBe(folder)
      const [worker] = await second.workers()
      const heap = JSON.stringify(await second.snapshot(worker!.pid))
      expect(heap.match(/[^"]*events\.lua:1/g)).toEqual([`${folder}//lua/events.lua:1`])
    }
    expect(readdirSync(folder, { recursive: true }).sort()).toEqual(['lua', 'lua/events.lua', 'nginx.conf', 'run'])
  })

  test('that listens on a unix socket by a relative path has it where Lua code finds it by the same', async () => {
    const path = relative(process.cwd(), join(folder, 'a.sock'))
    const connects = lua(`ngx.say(ngx.socket.tcp():connect("unix:${path}"))`)
    const options = prefix({ 'nginx.conf': conf(connects, `server { listen unix:${path}; return 204; }`) })
    {
      await using runtime = await bootRuntime(options)
      expect(await get(runtime.url)).toEqual([200, '1\n'])
      expect(runtime.notices.filter((notice) => notice.startsWith('unix'))).toEqual([])
    }
    expect(readdirSync(folder)).toEqual(['nginx.conf'])
  })

  test('that does not come up in time says how to wait longer', async () => {
    const slow = 'init_by_lua_block { local stop = os.time() + 3600 while os.time() < stop do end }'
    const options = prefix({ 'nginx.conf': conf('return 204;', slow) })
    await expect(bootRuntime({ ...options, startTimeoutMs: 300 })).rejects.toThrow(
      /within 0\.3 s:[\s\S]*--start-timeout 3m, in a test startTimeoutMs: 180_000/,
    )
  })

  test('gets its replacements and its environment', async () => {
    const options = prefix({
      'nginx.conf': `env GREETING;\n${conf(lua('ngx.say(os.getenv("GREETING"), " FROM")'))}`,
    })
    await using runtime = await bootRuntime({ ...options, env: { GREETING: 'hello' }, replace: [['FROM', 'TO']] })
    expect(await get(runtime.url)).toEqual([200, 'hello TO\n'])
  })

  test('with resty.core and resty.lrucache finds them', async () => {
    const options = prefix({
      'nginx.conf': conf(
        lua(
          'local c = require("resty.lrucache").new(3); c:set("a", 1); ngx.say(c:get("a"), type(require "resty.core"))',
        ),
        '',
      ),
    })
    await using runtime = await bootRuntime(options)
    expect(await get(runtime.url)).toEqual([200, '1table\n'])
  })
})

describe('a runtime', () => {
  test('takes exact snapshots and reads the counters', async () => {
    const options = prefix({ 'nginx.conf': conf(lua('ngx.say("hi")')) })
    await using runtime = await bootRuntime(options)
    const [worker] = await runtime.workers()
    const first = await runtime.counters()
    await get(runtime.url)
    await get(runtime.url)
    const second = await runtime.counters()
    expect(second!.requests - first!.requests).toBe(2)
    const { pid, vms } = await runtime.snapshot(worker!.pid)
    expect(pid).toBe(worker!.pid)
    expect(vms.map(({ label, gcTotal, accounted }) => [label, gcTotal === accounted])).toEqual([['http', true]])
  })

  test('reloads into new workers', async () => {
    const options = prefix({ 'nginx.conf': conf('return 204;') })
    await using runtime = await bootRuntime({ ...options, workers: 2 })
    const old = await runtime.workers()
    await runtime.reload()
    const renewed = await runtime.workers()
    expect(renewed).toHaveLength(2)
    expect(renewed.filter(({ pid }) => old.some((worker) => worker.pid === pid))).toEqual([])
    expect(await get(runtime.url)).toEqual([204, ''])
  })

  test('says why a reload failed', async () => {
    const options = prefix({
      'nginx.conf': conf('return 204;', 'init_by_lua_file lua/init.lua;'),
      'lua/init.lua': 'x = 1',
    })
    await using runtime = await bootRuntime(options)
    writeFileSync(join(folder, 'lua/init.lua'), 'x = = 1')
    await expect(runtime.reload()).rejects.toMatchObject({
      code: 'RUNTIME_RELOAD_FAILED',
      message: expect.stringContaining('lua/init.lua:1'),
    })
  })

  test('does not count cache processes and the privileged agent as workers', async () => {
    const options = prefix({
      'nginx.conf': conf(
        'return 204;',
        'proxy_cache_path c keys_zone=c:1m; init_by_lua_block { require("ngx.process").enable_privileged_agent() }',
      ),
    })
    await using runtime = await bootRuntime(options)
    expect(await runtime.workers()).toHaveLength(1)
  })

  test('tells what a request logged', async () => {
    const options = prefix({ 'nginx.conf': conf(lua('require "nope"')) })
    await using runtime = await bootRuntime(options)
    expect((await get(runtime.url))[0]).toBe(500)
    expect(await runtime.errorLog()).toContain("module 'nope' not found")
  })

  test('says that it has stopped once it is disposed, which may happen twice', async () => {
    const runtime = await bootRuntime(prefix({ 'nginx.conf': conf('return 204;') }))
    await Promise.all([runtime[Symbol.asyncDispose](), runtime[Symbol.asyncDispose]()])
    await expect(runtime.workers()).rejects.toMatchObject({ code: 'RUNTIME_STOPPED' })
  })

  test('keeps conf, log and snapshots if asked, and says where', async () => {
    const runtime = await bootRuntime({ ...prefix({ 'nginx.conf': conf('return 204;') }), keep: true })
    const [worker] = await runtime.workers()
    await runtime.snapshot(worker!.pid)
    await runtime[Symbol.asyncDispose]()
    const kept = /stay in (\S+)/.exec(runtime.notices.at(-1)!)![1]!
    expect(readdirSync(kept)).toEqual(expect.arrayContaining(['error.log', 'mirror', `snapshot-1-${worker!.pid}.json`]))
    expect(existsSync(join(kept, 'mirror', folder, 'nginx.conf'))).toBe(true)
    rmSync(kept, { recursive: true })
  })

  test('is gone once its process is, however that ended', async () => {
    const { conf: path } = prefix({ 'nginx.conf': conf('return 204;') })
    const script = fileURLToPath(new URL('boot-local-and-die.mjs', import.meta.url))
    const { exitCode, stdout, stderr } = await run(process.execPath, [script, path])
    expect([exitCode, stdout, stderr]).toEqual([null, expect.stringMatching(/^\d+ http:/), ''])
    await expect.poll(() => processesOf(temp), { timeout: 10_000 }).toEqual([])
    await expect.poll(() => readdirSync(temp), { timeout: 10_000 }).toEqual([])
  })
})

describe('a start that fails', () => {
  test.each([
    [
      'a directive that does not exist',
      'nonsense on;',
      'RUNTIME_CONF_REJECTED',
      'unknown directive "nonsense" in FOLDER/nginx.conf:7',
    ],
    ['a missing semicolon', 'return 204', 'RUNTIME_CONF_REJECTED', 'nginx.conf:'],
    ['a missing brace', 'location / {', 'RUNTIME_CONF_REJECTED', 'unexpected end of file'],
    ['an include that does not exist', 'include none.conf;', 'RUNTIME_CONF_REJECTED', '"FOLDER/none.conf" failed'],
    [
      'an upstream that does not resolve',
      'location / { proxy_pass http://no.such.host.invalid; }',
      'RUNTIME_CONF_REJECTED',
      'replace: ',
    ],
  ])('names %s in nginx’s own words', async (_, server, code, message) => {
    const options = prefix({ 'nginx.conf': conf(server) })
    await expect(bootRuntime(options)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message.replace('FOLDER', folder)),
    })
  })

  test('names Lua that does not parse', async () => {
    const options = prefix({ 'nginx.conf': conf('return 204;', 'init_by_lua_block { x = = 1 }') })
    await expect(bootRuntime(options)).rejects.toMatchObject({
      code: 'RUNTIME_LUA_FAILED',
      message: expect.stringContaining("unexpected symbol near '='"),
    })
  })

  test('names a Lua module that init_by_lua misses', async () => {
    const options = prefix({ 'nginx.conf': conf('return 204;', 'init_by_lua_block { require "nope" }') })
    await expect(bootRuntime(options)).rejects.toMatchObject({
      code: 'RUNTIME_LUA_FAILED',
      message: expect.stringContaining("module 'nope' not found"),
    })
  })

  test('leaves conf and log where it says if they are to be kept, so that nginx can be asked again', async () => {
    const options = { ...prefix({ 'nginx.conf': conf('nonsense on;') }), keep: true }
    const error: Error = await bootRuntime(options).catch((reason) => reason)
    const [, kept = ''] = /its log, stay in (\S+)$/.exec(error.message) ?? []
    expect(readFileSync(join(kept, 'mirror', folder, 'nginx.conf'), 'utf8')).toContain('nonsense on;')
    expect(readFileSync(join(kept, 'error.log'), 'utf8')).toContain('unknown directive "nonsense"')
    rmSync(kept, { recursive: true })
    await expect(bootRuntime({ ...prefix({}, 'none.conf'), keep: true })).rejects.toThrow('none.conf')
    expect(readdirSync(temp)).toEqual([])
  })

  test('names a conf that is missing', async () => {
    await expect(bootRuntime(prefix({}, 'none.conf'))).rejects.toMatchObject({ code: 'RUNTIME_CONF_MISSING' })
  })

  test('ends at once when it is aborted', async () => {
    const options = prefix({ 'nginx.conf': conf('return 204;') })
    const controller = new AbortController()
    const booting = bootRuntime({ ...options, signal: controller.signal })
    controller.abort(new Error('enough'))
    await expect(booting).rejects.toThrow('enough')
  })
})
