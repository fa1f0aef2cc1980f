import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { walkerPath } from '../../../plugin/heapwalk/walker-path.js'
import { type Server, serve } from '../server.js'

const run = promisify(execFile)

/** What heapwalk says where it refuses to clone the worker; an empty text where it does not. */
async function refusal({ pid }: Server): Promise<string> {
  const args = ['snap', '-p', String(pid), '-o', '/dev/null', '--heap-only', '--freeze', 'fork']
  const { stderr } = await run(walkerPath(), args).catch((error: { stderr: string; code: number }) => {
    expect(error.code).toBe(5)
    return error
  })
  return stderr.trimEnd()
}

/** A worker of more than 20 MB. */
const grow = 'package.loaded.large = ("x"):rep(20 * 1024 * 1024) ngx.print("ok")'

/** A file of the program that is mapped, and left out of clones. */
const leaveOut = `
  local ffi = require "ffi"
  ffi.cdef "int open(const char *, int); void *mmap(void *, size_t, int, int, int, long); int madvise(void *, size_t, int);"
  local p = ffi.C.mmap(nil, 4096, 1, 2, ffi.C.open("/proc/self/exe", 0), 0)
  ffi.C.madvise(p, 4096, 10)
  ngx.print("up")`

/** A filter that allows all there is. */
const filter = `
  local ffi = require "ffi"
  ffi.cdef [[
    struct instruction { uint16_t code; uint8_t jt, jf; uint32_t k; };
    struct program { unsigned short length; struct instruction *first; };
    int prctl(int, unsigned long, unsigned long, unsigned long, unsigned long);]]
  local allow = ffi.new("struct instruction[1]", { { 0x06, 0, 0, 0x7fff0000 } })
  local program = ffi.new("struct program", 1, allow)
  ffi.C.prctl(38, 1, 0, 0, 0)
  ffi.C.prctl(22, 2, ffi.cast("unsigned long", ffi.cast("void *", program)), 0, 0)
  ngx.print("up")`

/** Folder of a control group of our own that can limit memory, and the file that does; undefined where this machine lets nobody make one. */
function limitedGroup(name: string): { readonly folder: string; readonly limit: string } | undefined {
  for (const [mount, limit] of [
    ['/sys/fs/cgroup/memory', 'memory.limit_in_bytes'],
    ['/sys/fs/cgroup', 'memory.max'],
  ] as const) {
    const folder = join(mount, name)
    try {
      mkdirSync(folder)
    } catch {
      continue
    }
    if (existsSync(join(folder, limit))) return { folder, limit }
    rmdirSync(folder)
  }
  return undefined
}

const group = limitedGroup(`resty-leak-${process.pid}`)
if (group) rmdirSync(group.folder)

/** What heapwalk says where it refuses to copy the worker from within a control group; an empty text where it does not. */
async function refusalWithin(folder: string, { pid }: Server): Promise<string> {
  const command = 'echo $$ >"$1/cgroup.procs" && shift && exec "$@"'
  const args = ['-c', command, 'sh', folder, walkerPath(), 'snap', '-p', String(pid), '-o', '/dev/null']
  const { stderr } = await run('sh', args).catch((error: { stderr: string; signal: string | null; code: number }) => {
    expect(error).toMatchObject({ signal: null, code: 5 })
    return error
  })
  return stderr.trimEnd()
}

test.runIf(group)(
  'no copy is made where the group that heapwalk shares with the worker leaves less memory',
  async () => {
    await using server = await serve({ locations: { '/grow': grow, '/up': 'ngx.print("up")' } })
    await server.get('/grow')
    const { folder, limit } = group!
    mkdirSync(folder)
    try {
      writeFileSync(join(folder, 'cgroup.procs'), String(server.pid))
      writeFileSync(join(folder, limit), String(8 << 20))
      expect(await refusalWithin(folder, server)).toMatch(
        new RegExp(
          `^heapwalk: not tried: a copy of process ${server.pid} could take .* MB, and ${folder}/${limit} leaves`,
        ),
      )
      expect(await server.get('/up')).toBe('up')
      writeFileSync(join(folder, limit), String(400 << 20))
      expect(await refusalWithin(folder, server)).toBe('')
    } finally {
      await server.runtime[Symbol.asyncDispose]()
      rmdirSync(folder)
    }
  },
)

describe.runIf(process.arch === 'x64')('no clone is made', () => {
  test.runIf(group)('of a worker whose control group leaves less memory than the clone could take', async () => {
    await using server = await serve({ locations: { '/grow': grow } })
    await server.get('/grow')
    const { folder, limit } = group!
    mkdirSync(folder)
    try {
      writeFileSync(join(folder, limit), String(8 << 20))
      writeFileSync(join(folder, 'cgroup.procs'), String(server.pid))
      expect(await refusal(server)).toMatch(
        new RegExp(
          `^heapwalk: not tried: to clone process ${server.pid} could take .* MB, and ${folder}/${limit} leaves 8`,
        ),
      )
      writeFileSync(join(folder, limit), String(400 << 20))
      expect(await refusal(server)).toBe('')
    } finally {
      await server.runtime[Symbol.asyncDispose]()
      rmdirSync(folder)
    }
  })

  test('of memory that it would lack and that cannot be kept, nor of a worker that filters its own system calls', async () => {
    await using server = await serve({ locations: { '/leave-out': leaveOut, '/filter': filter } })
    expect(await refusal(server)).toBe('')
    await server.get('/filter')
    expect(await refusal(server)).toBe(
      `heapwalk: not tried: process ${server.pid} has a filter of system calls (seccomp) that what started it has not, and that may end it for a clone. Leave out --freeze fork`,
    )
    await server.get('/leave-out')
    expect(await refusal(server)).toMatch(
      /has told the kernel to leave its memory at [0-9a-f]+ out of clones \(MADV_DONTFORK or MADV_WIPEONFORK\)\. Leave out --freeze fork$/,
    )
    expect(await server.get('/leave-out')).toBe('up')
  })
})
