import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { waitUntil } from '../../../plugin/base/wait.js'
import { walkerPath } from '../../../plugin/heapwalk/walker-path.js'
import type { MemoryRow, Snapshot } from '../../../plugin/types/snapshot.js'
import { type Server, serve } from '../server.js'

const FFI = `local ffi = require "ffi"
  pcall(ffi.cdef, "void *malloc(size_t); void free(void *); void *memset(void *, int, size_t); int pthread_create(void *, void *, void *, void *); int pthread_join(uint64_t, void *);")`

const LOCATIONS = {
  '/up': 'ngx.print("up")',
  '/strings': 'kept = {} for i = 1, 200000 do kept[i] = "string number " .. i end ngx.print(#kept)',
  '/malloc': `${FFI} for i = 1, 5000 do ffi.C.memset(ffi.C.malloc(2000), 1, 2000) end ngx.print("ok")`,
  '/freed': `${FFI} local p = {} for size = 16, 2000, 8 do for i = 1, 8 do p[#p + 1] = ffi.C.malloc(size) end end
    for i = 1, #p do ffi.C.free(p[i]) end ngx.print("ok")`,
  '/large': `${FFI} for i = 1, 4 do ffi.C.memset(ffi.C.malloc(4000000), 1, 4000000) end ngx.print("ok")`,
  '/threads': `${FFI} local t = ffi.new("uint64_t[1]") for i = 1, 20 do
    ffi.C.pthread_create(t, nil, ffi.cast("void *", ffi.C.malloc), ffi.cast("void *", 60000))
    ffi.C.pthread_join(t[0], nil) end ngx.print("ok")`,
  '/dict': `local d, v = ngx.shared.cache, ("x"):rep(1000) for i = 1, 4000 do d:set("key" .. i, v) end ngx.print(d:free_space())`,
}
const HTTP =
  'lua_shared_dict cache 16m; lua_shared_dict other 1m; limit_req_zone $binary_remote_addr zone=lim:2m rate=1r/s;'

function server(): Promise<Server> {
  return serve({ locations: LOCATIONS, http: `${HTTP} keepalive_timeout 600s;` })
}

/** A snapshot whose rows sum to its resident set. */
async function weighed({ runtime }: Server): Promise<Snapshot> {
  const [worker] = await runtime.workers()
  const taken = await runtime.snapshot(worker!.pid)
  expect(rowsOf(taken).reduce((sum, { bytes }) => sum + bytes, 0)).toBe(taken.process.rss)
  expect(rowsOf(taken).filter(({ name }) => name === 'unattributed')).toEqual([])
  return taken
}

function rowsOf({ process }: Snapshot): readonly MemoryRow[] {
  return process.rows ?? []
}

function used(taken: Snapshot, category: MemoryRow['category'], name?: string): number {
  return rowsOf(taken)
    .filter((row) => row.category === category && (name === undefined || row.name === name))
    .reduce((sum, row) => sum + (row.used ?? 0), 0)
}

test('what is planted is in its row, and the rows sum to the resident set', async () => {
  await using nginx = await server()
  await nginx.get('/up')
  let before = await weighed(nginx)
  const gained = async (path: string, category: MemoryRow['category'], name?: string) => {
    await nginx.get(path)
    const after = await weighed(nginx)
    const gain = used(after, category, name) - used(before, category, name)
    before = after
    return gain
  }

  const planted = Array.from({ length: 200_000 }, (_, i) => 24 + ((`string number ${i + 1}`.length + 4) & ~3))
  const strings = planted.reduce((sum, bytes) => sum + bytes, 0)
  expect(Math.abs((await gained('/strings', 'lua', 'reachable strings')) - strings)).toBeLessThan(0.02 * strings)

  expect(Math.abs((await gained('/malloc', 'malloc', 'main arena, in use')) - 5000 * 2016)).toBeLessThan(20_000)
  // thread cache and fast bins hold what was freed: it is not in use
  expect(Math.abs(await gained('/freed', 'malloc'))).toBeLessThan(20_000)
  expect(await gained('/large', 'malloc', 'large blocks, in use')).toBe(4 * 4_001_792)
  expect(await gained('/threads', 'malloc', 'other arenas, in use')).toBeGreaterThanOrEqual(20 * 60_016)
  expect(Math.abs((await gained('/dict', 'shm', 'cache')) - 4000 * 2048)).toBeLessThan(0.02 * 4000 * 2048)
}, 60_000)

test('zones are named with their owner and what is free in them', async () => {
  await using nginx = await server()
  const free = Number(await nginx.get('/dict'))
  const zones = rowsOf(await weighed(nginx)).filter(({ category }) => category === 'shm')
  const facts = zones.map(({ name, owner, size, free }) => ({ name, owner, size, free }))
  expect(facts).toContainEqual({ name: 'cache', owner: 'ngx_http_lua_module', size: 16 << 20, free })
  expect(facts.map(({ name, owner }) => `${name} ${owner}`).sort()).toEqual([
    'cache ngx_http_lua_module',
    'lim ngx_http_limit_req_module',
    'other ngx_http_lua_module',
  ])
})

test('idle connections are in malloc, and gone from it when they close', async () => {
  await using nginx = await server()
  await nginx.get('/up')
  const before = await weighed(nginx)
  const port = Number(new URL(nginx.runtime.url).port)
  const waiting = async () => (await nginx.runtime.counters())?.waiting ?? 0
  const idle = await waiting()
  const sockets = await Promise.all(Array.from({ length: 300 }, () => asked(port)))
  expect(await waitUntil(async () => (await waiting()) >= idle + 300, { timeoutMs: 5000 })).toBe(true)
  const open = await weighed(nginx)
  const each = (used(open, 'malloc') - used(before, 'malloc')) / 300
  expect(each).toBeGreaterThan(500)
  expect(each).toBeLessThan(600)
  for (const socket of sockets) socket.destroy()
  expect(await waitUntil(async () => (await waiting()) <= idle, { timeoutMs: 5000 })).toBe(true)
  expect(Math.abs(used(await weighed(nginx), 'malloc') - used(before, 'malloc'))).toBeLessThan(20_000)
})

test('after a reload the new worker is weighed as well', async () => {
  await using nginx = await server()
  await nginx.get('/dict', { alone: true })
  await nginx.runtime.reload()
  await nginx.get('/up', { alone: true })
  expect(used(await weighed(nginx), 'shm', 'cache')).toBeGreaterThan(4000 * 2048)
})

test('the pause is estimated without a snapshot, and one that is too long is not tried', async () => {
  await using nginx = await server()
  await nginx.get('/strings')
  const estimate = spawnSync(walkerPath(), ['estimate', '-p', String(nginx.pid)], { encoding: 'utf8' })
  expect(JSON.parse(estimate.stdout)).toEqual({ copyBytes: expect.any(Number), pauseUs: expect.any(Number) })
  expect(JSON.parse(estimate.stdout).copyBytes).toBeGreaterThan(8_000_000)
  const { status, stderr, stdout } = spawnSync(walkerPath(), ['snap', '-p', String(nginx.pid), '--max-pause', '1'], {
    encoding: 'utf8',
  })
  expect({ status, stdout }).toEqual({ status: 5, stdout: '' })
  expect(stderr).toMatch(
    /^heapwalk: (?:not tried: a snapshot would stop process \d+ for about [\d.]+ ms to copy [\d.]+ MB, and no more than 1 ms are allowed|given up: process \d+ would have been stopped for longer than is allowed\. Nothing was read)\n$/,
  )
  expect(await nginx.get('/up')).toBe('up')
})

test('a 32-bit program is told apart', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'heapwalk-'))
  try {
    const program = join(folder, 'nginx')
    writeFileSync(program, tiny32BitProgram())
    chmodSync(program, 0o755)
    const child = spawn(program, [], { stdio: 'ignore' })
    let failed = false
    child.once('error', () => {
      failed = true
    })
    const runs = async () => failed || child.exitCode !== null || programOf(child.pid) === program
    await waitUntil(runs, { timeoutMs: 5000 })
    const started = programOf(child.pid) === program
    // No heapwalk can be tried on a program that its kernel refuses to start, as some hardened ones do.
    if (!started) return context.skip('this kernel runs no 32-bit programs')
    const { status, stderr } = spawnSync(walkerPath(), ['snap', '-p', String(child.pid)], { encoding: 'utf8' })
    child.kill('SIGKILL')
    expect({ status, stderr }).toEqual({
      status: 4,
      stderr: `heapwalk: process ${child.pid} is a 32-bit program: heapwalk reads 64-bit ones\n`,
    })
  } finally {
    rmSync(folder, { recursive: true })
  }
})

function programOf(pid: number | undefined): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/exe`)
  } catch {
    return undefined
  }
}

/** An ELF file for i386 that calls pause() for ever. */
function tiny32BitProgram(): Buffer {
  const code = Buffer.from([0xb8, 29, 0, 0, 0, 0xcd, 0x80, 0xeb, 0xf7]) // mov eax, 29 (pause); int 0x80; jmp back
  const at = 0x08048000
  const file = Buffer.alloc(0x54 + code.length)
  Buffer.from([0x7f, 0x45, 0x4c, 0x46, 1, 1, 1]).copy(file)
  file.writeUInt16LE(2, 16) // executable
  file.writeUInt16LE(3, 18) // i386
  file.writeUInt32LE(1, 20)
  file.writeUInt32LE(at + 0x54, 24) // entry
  file.writeUInt32LE(0x34, 28) // program headers
  file.writeUInt16LE(0x34, 40)
  file.writeUInt16LE(0x20, 42)
  file.writeUInt16LE(1, 44)
  file.writeUInt32LE(1, 0x34) // load
  file.writeUInt32LE(at, 0x3c)
  file.writeUInt32LE(at, 0x40)
  file.writeUInt32LE(file.length, 0x44)
  file.writeUInt32LE(file.length, 0x48)
  file.writeUInt32LE(5, 0x4c) // readable, executable
  file.writeUInt32LE(0x1000, 0x50)
  code.copy(file, 0x54)
  return file
}

/** A connection that has had one answer and stays open. */
function asked(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('GET /up HTTP/1.1\r\nHost: a\r\n\r\n'))
    socket.once('data', () => resolve(socket)).once('error', reject)
  })
}
