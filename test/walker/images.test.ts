import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, describe, expect, test } from 'vitest'
import { parseSnapshot } from '../../plugin/heapwalk/snapshot.js'
import { walkerPath } from '../../plugin/heapwalk/walker-path.js'
import type { HeapNode } from '../../plugin/types/snapshot.js'
import { byPath } from './paths.js'

/** Sizes of a build's objects, from its lj_obj.h. */
interface Sizes {
  readonly table: number
  readonly udata: number
  readonly upvalue: number
  /** A Lua function without upvalues, and what each adds. */
  readonly func: number
  readonly ref: number
  string(length: number): number
}

const gc64: Sizes = {
  table: 64,
  udata: 48,
  upvalue: 48,
  func: 40,
  ref: 8,
  string: (length) => 24 + ((length + 4) & ~3),
}
const gc32Of2017: Sizes = { table: 32, udata: 24, upvalue: 24, func: 20, ref: 4, string: (length) => 16 + length + 1 }
const SLOT = 8
const NODE = 24

/** What images/make.sh and arm64.mjs froze: a LuaJIT as Debian ships it, and the row of layout.c that is to be proven for it. */
const images = [
  { name: 'bullseye-luajit', build: 'luajit 2.1.0-beta3 gc32, patched by Debian', sizes: gc32Of2017, buffers: false },
  { name: 'bookworm-luajit', build: 'luajit 2021-04..2024-03 gc64', sizes: gc64, buffers: true },
  { name: 'bookworm-luajit2', build: 'openresty 2021-12..2024-03 gc64', sizes: gc64, buffers: true },
  { name: 'trixie-luajit', build: 'openresty 2025-01..2025-10 gc64', sizes: gc64, buffers: true },
  { name: 'forky-luajit', build: 'openresty 2025-01..2025-10 gc64', sizes: gc64, buffers: true },
  { name: 'bookworm-luajit-arm64', build: 'luajit 2021-04..2024-03 gc64 arm64', sizes: gc64, buffers: true },
  { name: 'bookworm-luajit2-arm64', build: 'openresty 2021-12..2024-03 gc64 arm64', sizes: gc64, buffers: true },
  { name: 'trixie-luajit-arm64', build: 'openresty 2025-01..2025-10 gc64 arm64', sizes: gc64, buffers: true },
]

const folder = mkdtempSync(join(tmpdir(), 'heapwalk-images-'))
afterAll(() => rmSync(folder, { recursive: true }))

const program = readFileSync(new URL('images/program.lua', import.meta.url), 'utf8').split('\n')
const lineOf = (text: string) => program.findIndex((line) => line.includes(text)) + 1

function image(name: string): Buffer {
  return gunzipSync(readFileSync(new URL(`images/${name}.img.gz`, import.meta.url)))
}

/** The same heap in a process with 8 MB more: it is proven by two threads, beside its marking. */
function enlarged(bytes: Buffer): Buffer {
  const number = (at: number) => Number(bytes.readBigUInt64LE(at))
  const record = 8 + 8 + 64
  const modules = 14 * 8 + 8 + number(14 * 8) * record
  const runs = modules + 8 + number(modules) * record
  let at = runs + 8
  let end = 0n
  for (let i = 0; i < number(runs); i++) {
    end = bytes.readBigUInt64LE(at) + bytes.readBigUInt64LE(at + 8)
    at += 16 + number(at + 8)
  }
  const more = Buffer.alloc(16 + 2 ** 23)
  more.writeBigUInt64LE(end + 4096n, 0)
  more.writeBigUInt64LE(2n ** 23n, 8)
  const all = Buffer.concat([bytes.subarray(0, at), more, bytes.subarray(at)])
  all.writeBigUInt64LE(BigInt(number(runs) + 1), runs)
  return all
}

function read(bytes: Buffer, ...args: readonly string[]) {
  const file = join(folder, 'image')
  writeFileSync(file, bytes)
  return spawnSync(walkerPath(), ['read', file, ...args], { encoding: 'utf8', maxBuffer: 2 ** 26 })
}

describe.each(images)('the heap of $name', ({ name, build, sizes, buffers }) => {
  const { status, stdout, stderr } = read(image(name), '--retained')
  const [vm, ...others] = status === 0 ? parseSnapshot(stdout).vms : []
  const nodes = vm ? byPath(vm) : new Map<string, HeapNode>()
  const at = (path: string) => nodes.get(`registry._LOADED.frozen${path}`)

  test('is read under its own row, exact to the byte', () => {
    expect({ status, stderr, others }).toEqual({ status: 0, stderr: '', others: [] })
    expect(vm!.build).toBe(build)
    expect(vm!.gcTotal).toBeGreaterThan(50_000)
    expect(vm!.accounted).toBe(vm!.gcTotal)
  })

  test('has every object of the program on its path', () => {
    const { string, table, func, upvalue, ref, udata } = sizes
    const array1 = table + 2 * SLOT // `{ i }`: slots 0 and 1 beside it
    const sum = (from: number, to: number, text: string) =>
      Array.from({ length: to - from + 1 }, (_, i) => string(`${text}${from + i}`.length)).reduce((a, b) => a + b)
    expect(at('.tables[*]')?.o).toEqual({ table: [100, 100 * (array1 + SLOT)] })
    expect(at('.strings[*]')).toMatchObject({ o: { string: [100, sum(1, 100, 'string ')] }, pay: 892 })
    expect(at('.keys')?.e).toEqual({ '{*}': 300 })
    expect(at('.keys.<keys>')?.o).toEqual({ string: [300, sum(1, 300, 'key ')] })
    expect(at('.functions[*]')?.o).toEqual({ function: [50, 50 * (func + ref)] })
    expect(at('.functions[*].^upvalue')?.o).toEqual({ upvalue: [50, 50 * upvalue], table: [50, 50 * (array1 + SLOT)] })
    expect(at('.threads[*]')?.o?.thread?.[0]).toBe(40)
    expect(at('.threads[*]')?.idle).toBe(20)
    expect(at('.cdata[*]')?.o?.cdata?.[0]).toBe(40)
    expect(at('.cdata[*]')?.pay).toBeGreaterThanOrEqual(30 * 100 + 10 * 16)
    expect(at('.cdata[*]')?.ct).toEqual([
      ['char [?]', null, 30],
      ['int [4]', `/images/program.lua:${lineOf('ffi.gc(')}`, 10],
    ])
    expect(at('.userdata[*]')?.o).toEqual({ userdata: [5, 5 * udata] })
    expect(at('.userdata[*].<metatable>.__gc')?.o).toEqual({ function: [5, 5 * func] })
    expect(at('.chain.last(.^previous)+')?.o).toEqual({
      upvalue: [200, 200 * upvalue],
      function: [200, 200 * (func + ref) - ref], // the innermost has no upvalue
    })
    expect(at('.lru')?.lru).toEqual([1, 3, 10])
    expect(at('.buffer')?.pay).toBe(buffers ? 12 : undefined)
  })

  test('is without what full collections would take', () => {
    expect(at('.weak')?.weak).toBe('k')
    expect(at('.weak')?.e).toBeUndefined()
    expect(vm!.finalizable).toEqual([7, 7 * sizes.udata])
  })

  test('names where functions are from', () => {
    const source = (path: string) => vm!.sources[at(path)!.src!]
    expect(source('.functions[*]')).toBe(`/images/program.lua:${lineOf('return upvalue')}`)
    expect(source('.threads[*]')).toBe(`/images/program.lua:${lineOf('coroutine.yield(a)')}`)
    expect(source('.chain.last')).toBe(`/images/program.lua:${lineOf('return previous()')}`)
  })

  test('is retained by what alone holds it', () => {
    const { string, table } = sizes
    const one = table + 2 * SLOT + SLOT
    expect(at('.owners.c')?.ret).toBe(one + string(1000))
    // a and b share the long string's table: each holds itself only, the table above them all of it
    expect(at('.owners.a')?.ret).toBe(one)
    expect(at('.owners.b')?.ret).toBe(one)
    expect(at('.owners.a[*]')?.ret).toBe(one + string(2000))
    // its keys are constants of the program too
    expect(at('.owners')?.ret).toBe(table + 4 * NODE + 4 * one + string(1000) + string(2000))
  })
})

/** Workers of images/nginx.conf, saved with all of their process: glibc's blocks have 2,016 and 512 bytes, musl's slots 2,032 and 512 or 672. */
test.each([
  ['bookworm-nginx', 2016],
  ['musl-nginx', 2032],
] as const)('who holds malloc is told of the saved worker of %s', (name, sizeOfLost) => {
  const { status, stdout, stderr } = read(image(name))
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  const { process, vms } = parseSnapshot(stdout)
  const { lost, holders } = process.malloc!
  expect(lost).toMatchObject({ blocks: 10, direct: [10, 10 * sizeOfLost], sizes: [[sizeOfLost, 10]] })
  expect(holders.slice(0, 2).map(([holder]) => holder)).toEqual(['nginx: connections', 'nginx: cycle'])
  const nodes = byPath(vms[0]!)
  const kept = nodes.get('registry._LOADED.kept[*]')!
  expect(kept.ct).toEqual([['struct parcel *', 'C function free', 20]])
  expect(kept.mal?.[0]).toBe(20)
  // nginx has addresses left of what it freed once it had read its configuration
  expect(nodes.get('registry._LOADED.raw[*]')!.mal?.[0]).toBe(97)
})

test.each(images)('what the allocator of $name has free is known to the byte', ({ name }) => {
  const { vms, process } = parseSnapshot(read(image(name), '--details').stdout)
  for (const { allocator, strings, reachable } of vms) {
    const { segments, used, free, overhead, sizes } = allocator!
    expect(used[1] + free[1] + overhead).toBe(segments[1])
    expect(sizes.reduce((sum, [, , bytes]) => sum + bytes, 0)).toBe(free[1])
    expect(strings!.sizes.reduce((sum, [, , bytes]) => sum + bytes, 0)).toBe(reachable.string![1])
  }
  expect(process).not.toHaveProperty('rows')
})

test('of a small heap retained bytes are cheap, so that asking for cheap ones finds the same', () => {
  const [cheap, all, none] = [['--cheap-retained'], ['--retained'], []].map(
    (args) => parseSnapshot(read(image('trixie-luajit'), ...args).stdout).vms,
  )
  expect(cheap).toEqual(all)
  expect([cheap![0]!.retained, none![0]!.retained]).toEqual([true, undefined])
})

test('retained bytes cost nothing where nobody asks for them', () => {
  const [vm] = parseSnapshot(read(image('trixie-luajit')).stdout).vms
  expect(vm!.nodes.filter(({ ret }) => ret !== undefined)).toEqual([])
})

test('a file that is no image is refused as such', () => {
  const { status, stdout, stderr } = read(Buffer.from('{"format":"resty-heap/1"}'))
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
  expect(stderr).toBe('heapwalk: neither a core file nor a saved image (which begins with heapimg1 or heapimg2)\n')
})

test('a file that is not there is named', () => {
  const { status, stderr } = spawnSync(walkerPath(), ['read', '/nowhere/image'], { encoding: 'utf8' })
  expect({ status, stderr }).toEqual({
    status: 2,
    stderr: 'heapwalk: cannot read /nowhere/image: No such file or directory\n',
  })
})

test.each([0.001, 0.1, 0.5, 0.9, 0.9999])('an image cut off after %d of it is refused', (part) => {
  const whole = image('bookworm-luajit2')
  const { status, stdout, stderr } = read(whole.subarray(0, Math.floor(whole.length * part)))
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
  expect(stderr).toBe('heapwalk: the saved image is cut off or damaged\n')
})

test('an image whose counts cannot be true is refused', () => {
  const bytes = image('bookworm-luajit2')
  bytes.writeBigUInt64LE(2n ** 60n, 14 * 8) // the number of symbols
  const { status, stderr } = read(bytes)
  expect({ status, stderr }).toEqual({ status: 2, stderr: 'heapwalk: the saved image is cut off or damaged\n' })
})

test('a build that is in no row is refused with its fingerprint', () => {
  const bytes = image('trixie-luajit')
  const ggState = 6304
  // The chunk that the VM is in: its size, in use, and so is the one before. lua_State begins 8 bytes on, global_State 112 later.
  const head = bytes.indexOf(Buffer.from(new BigUint64Array([BigInt(ggState + 8) | 3n]).buffer))
  expect(head).toBeGreaterThan(0)
  bytes.writeBigUInt64LE(BigInt(ggState + 24 + 8) | 3n, head)
  bytes.writeBigUInt64LE(bytes.readBigUInt64LE(head + 8 + 112 + 16) + 16n, head + 8 + 112 + 16) // gc.total
  const { status, stdout, stderr } = read(bytes)
  expect({ status, stdout }).toEqual({ status: 4, stdout: '' })
  expect(stderr).toMatch(
    /^heapwalk: process \d+ runs a LuaJIT build that is in no row of layout\.c \(lua_State 112, GG_State 6328, mainthref 192, gc64\)\. CONTRIBUTING\.md says how to add it\n$/,
  )
})

test('a large heap is read as a small one', () => {
  const bytes = image('trixie-luajit')
  const [small, large] = [bytes, enlarged(bytes)].map((each) => parseSnapshot(read(each, '--retained').stdout).vms)
  expect(large).toEqual(small)
})

test.each([
  ['small', (bytes: Buffer) => bytes],
  ['large', enlarged],
])('a %s heap that does not add up is refused with what is missing', (_, sized) => {
  const bytes = sized(image('trixie-luajit'))
  const head = bytes.indexOf(Buffer.from(new BigUint64Array([BigInt(6304 + 8) | 3n]).buffer))
  const total = bytes.readBigUInt64LE(head + 8 + 112 + 16)
  bytes.writeBigUInt64LE(total + 16n, head + 8 + 112 + 16)
  const { status, stdout, stderr } = read(bytes)
  expect({ status, stdout }).toEqual({ status: 5, stdout: '' })
  expect(stderr).toMatch(`gc64: accounted ${total} of gc.total ${total + 16n})`)
})
