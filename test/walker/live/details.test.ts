import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { walkerPath } from '../../../plugin/heapwalk/walker-path.js'
import { detailsOf } from '../../../plugin/process/details.js'
import type { FreeChunks, SizeClass, Snapshot } from '../../../plugin/types/snapshot.js'
import { httpVm } from '../paths.js'
import { serve } from '../server.js'

const LOCATIONS = {
  '/up': 'ngx.print("up")',
  // numbers of one width, so that all strings are of one size, which what they are made of is not; a trace would keep some as constants
  '/strings': `jit.off() kept = {} for i = 1, 1000 do kept[i] = ("j"):rep(1000) .. ("k"):rep(2000) .. (10000 + i) end
    big = ("b"):rep(100000) .. "secret" collectgarbage() collectgarbage() ngx.print("ok")`,
  '/holes': `holed = {} for i = 1, 4000 do holed[i] = ("h"):rep(1500) .. (10000 + i) end
    for i = 2, 4000, 2 do holed[i] = false end collectgarbage() collectgarbage() ngx.print("ok")`,
  '/blocks': `local ffi = require "ffi" ffi.cdef "void *malloc(size_t); void free(void *);"
    local p = {} for i = 1, 4000 do p[i] = ffi.C.malloc(3000) end
    for i = 2, 4000, 2 do ffi.C.free(p[i]) end ngx.print("ok")`,
  '/cdata': `local ffi = require "ffi" ffi.cdef "struct planted { int x[7]; }; void free(void *);"
    planted = {} for i = 1, 300 do local one = ffi.new("struct planted")
      planted[i] = i <= 40 and ffi.gc(one, ffi.C.free) or one end
    for i = 1, 40 do ffi.gc(planted[i], nil) ffi.gc(planted[i], function() end) end ngx.print("ok")`,
}

function detailed(pid: number): Snapshot {
  const { stdout, stderr } = spawnSync(walkerPath(), ['snap', '-p', String(pid), '--details'], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  })
  if (stdout === '') throw new Error(stderr)
  return JSON.parse(stdout)
}

function countOf(sizes: readonly SizeClass[], most: number): number {
  return sizes.find(([each]) => each === most)?.[1] ?? 0
}

function sums(sizes: readonly SizeClass[]): readonly [objects: number, bytes: number] {
  return [sizes.reduce((sum, [, objects]) => sum + objects, 0), sizes.reduce((sum, [, , bytes]) => sum + bytes, 0)]
}

/** Whatever was planted, no byte is missing: of strings, of LuaJIT's segments, of malloc's arenas. */
function expectWhole({ pid, process, vms }: Snapshot): void {
  for (const { allocator, strings, reachable, gcTotal } of vms) {
    expect(sums(strings!.sizes)).toEqual(reachable.string)
    const { segments, used, free, overhead, sizes } = allocator!
    expect(used[1] + free[1] + overhead).toBe(segments[1])
    expect(sums(sizes)).toEqual(free)
    expect(gcTotal).toBeGreaterThan(0)
  }
  for (const { name, used, free, sizes } of process.arenas!) {
    expect(sums(sizes)).toEqual(free)
    expect(process.rows!.find((row) => row.name === `${name}, in use`)!.used).toBe(used)
  }
  const [main] = process.arenas!
  expect(main!.used + main!.free[1]).toBe(heapBytes(pid))
}

/** What the kernel says of the heap that malloc's main arena is, in one mapping or several. */
function heapBytes(pid: number): number {
  const heap = /^(\w+)-(\w+) .*\[heap\]$/gm
  return [...readFileSync(`/proc/${pid}/maps`, 'utf8').matchAll(heap)].reduce(
    (sum, [, start, end]) => sum + Number.parseInt(end!, 16) - Number.parseInt(start!, 16),
    0,
  )
}

/** How many more free chunks of up to this size there are. */
function holes(before: FreeChunks, after: FreeChunks, most: number): number {
  return countOf(after.sizes, most) - countOf(before.sizes, most)
}

test('strings by size, the largest by path, free chunks and cdata are what the worker made', async () => {
  await using nginx = await serve({ locations: LOCATIONS })
  await nginx.get('/up')
  let before = detailed(nginx.pid)
  expectWhole(before)
  const after = async (path: string) => {
    await nginx.get(path)
    const earlier = before
    before = detailed(nginx.pid)
    expectWhole(before)
    return [earlier, before] as const
  }

  const [bare, strings] = await after('/strings')
  const made = ([, snapshot]: readonly [string, Snapshot]) => countOf(httpVm(snapshot).strings!.sizes, 4096)
  expect(made(['after', strings]) - made(['before', bare])).toBe(1000)
  const { largest } = detailsOf(strings).vms[0]!.strings!
  expect(largest.find(({ path }) => path === 'globals.big')).toMatchObject({ strings: 1 })
  expect(httpVm(strings).strings!.largest[0]![1]).toBe(24 + 100_006 + 2)
  expect(JSON.stringify(strings)).not.toContain('secret')

  const [whole, holed] = await after('/holes')
  // one hole for each of the 2,000 that went; those that lie next to other garbage have become larger ones
  expect(holes(httpVm(whole).allocator!, httpVm(holed).allocator!, 2048)).toBeGreaterThan(1900)

  const [full, freed] = await after('/blocks')
  expect(holes(full.process.arenas![0]!, freed.process.arenas![0]!, 4096)).toBeGreaterThan(1900)

  const [, cdata] = await after('/cdata')
  expect(detailsOf(cdata).vms[0]!.cdata.kinds.filter(({ name }) => name === 'struct planted')).toEqual([
    { name: 'struct planted', finalizer: null, objects: 260 },
    { name: 'struct planted', finalizer: expect.stringContaining('nginx.conf'), objects: 40 },
  ])
})

test('a snapshot without --details has none', async () => {
  await using nginx = await serve({ locations: LOCATIONS })
  await nginx.get('/up')
  const { stdout } = spawnSync(walkerPath(), ['snap', '-p', String(nginx.pid)], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  })
  const taken: Snapshot = JSON.parse(stdout)
  expect(taken.process).not.toHaveProperty('arenas')
  expect(httpVm(taken)).not.toHaveProperty('strings')
  expect(httpVm(taken)).not.toHaveProperty('allocator')
})
