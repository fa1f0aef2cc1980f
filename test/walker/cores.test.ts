import { spawnSync } from 'node:child_process'
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { waitUntil } from '../../plugin/base/wait.js'
import { parseSnapshot } from '../../plugin/heapwalk/snapshot.js'
import { walkerPath } from '../../plugin/heapwalk/walker-path.js'
import { load } from '../../plugin/load/client/autocannon.js'
import type { Snapshot } from '../../plugin/types/snapshot.js'
import { compileProgram } from './c-program.js'
import { httpVm, objectsAt } from './paths.js'
import { type Server, serve } from './server.js'

/** Where the kernel writes a core; only into the folder of the process is of use here. */
const pattern = readFileSync('/proc/sys/kernel/core_pattern', 'utf8').trim()
const kernelWritesHere = !/[|/]/.test(pattern)
const hasGcore = spawnSync('gcore', [], { encoding: 'utf8' }).error === undefined

const LOCATIONS = {
  '/fill': `filled = {} for i = 1, 20000 do filled[i] = { id = i, name = "entry " .. i } end
    for i = 1, 500 do ngx.shared.notes:set("note " .. i, ("x"):rep(200)) end
    local ffi = require "ffi" ffi.cdef "void *calloc(size_t, size_t); void free(void *);"
    blocks = {} for i = 1, 300 do blocks[i] = ffi.gc(ffi.C.calloc(1, 3000), ffi.C.free) end ngx.print("ok")`,
  '/add': `added = added or {} added[#added + 1] = { when = ngx.now(), what = ("y"):rep(#added % 100) } ngx.print("ok")`,
}

/** What reads core files, and what that needs. */
const CORE_READER = [
  ...[
    'target/core',
    'target/core-notes',
    'target/core-segments',
    'target/areas',
    'target/maps',
    'target/process',
    'base/json',
    'base/line',
    'target/memory',
    'target/pagemap',
  ],
  ...['target/threads', 'base/error', 'base/list'],
]

function heapwalk(...args: string[]): Snapshot {
  const { status, stdout, stderr } = spawnSync(walkerPath(), args, { encoding: 'utf8', maxBuffer: 1 << 28 })
  if (status !== 0) throw new Error(stderr)
  return parseSnapshot(stdout)
}

function refusal(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(walkerPath(), args, { encoding: 'utf8' })
  return { status, stdout, stderr }
}

let folder: string

/** A server whose workers leave cores in `folder`. */
function coreServer(): Promise<Server> {
  return serve({
    locations: LOCATIONS,
    main: `worker_rlimit_core 1g; working_directory ${folder};`,
    http: 'lua_shared_dict notes 1m;',
  })
}

/** What a signal that ends the worker left. */
async function coreOf(pid: number): Promise<string> {
  process.kill(pid, 'SIGABRT')
  const written = () => readdirSync(folder).find((name) => name.startsWith('core'))
  await waitUntil(async () => written() !== undefined && !isAlive(pid), { timeoutMs: 20_000 })
  return join(folder, written()!)
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'core-test-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

describe.runIf(kernelWritesHere)('a core that the kernel wrote', () => {
  let core: string
  let live: Snapshot

  beforeAll(async () => {
    await using nginx = await coreServer()
    await nginx.get('/fill')
    live = heapwalk('snap', '-p', String(nginx.pid))
    core = await coreOf(nginx.pid)
  })
  afterAll(() => rmSync(core))

  test('has the heap that the process had, to the byte', () => {
    const dead = heapwalk('read', core)
    expect(dead.freeze).toMatchObject({ how: 'core', pauseUs: 0 })
    expect({ pid: dead.pid, vms: dead.vms }).toEqual({ pid: live.pid, vms: live.vms })
    expect(objectsAt(httpVm(dead), 'globals.filled[*]', 'table')).toBe(20_000)
  })

  test('has what malloc and the shared dictionary had, by who holds it', () => {
    const dead = heapwalk('read', core)
    expect(dead.process.malloc).toEqual(live.process.malloc)
    const of = ({ process: { rows = [] } }: Snapshot, category: string) =>
      rows.filter((row) => row.category === category)
    expect(of(dead, 'malloc').map(({ used }) => used)).toEqual(of(live, 'malloc').map(({ used }) => used))
    expect(of(dead, 'shm')).toMatchObject([{ name: 'notes', entries: { lasting: [500, expect.any(Number)] } }])
    expect(dead.process.rows!.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(dead.process.rss)
    expect(dead.core!.lacks).toEqual({ files: expect.any(Number), shared: 0 })
    expect(dead.core!.lacks.files).toBeGreaterThan(1e6)
  })

  test('is read without the program, which only gives names', () => {
    const { vms, core: facts } = heapwalk('read', core, '--retained')
    expect(facts!.program).toMatch(/nginx|openresty/)
    expect(vms[0]!.label).toBe('http')
    expect(refusal('read', core, '--exe', '/bin/sh')).toEqual({
      status: 2,
      stdout: '',
      stderr: `heapwalk: /bin/sh is not the program that the core file ${core} is of (${facts!.program})\n`,
    })
  })

  test('has its names from the root folder of its own machine, and what is not there is told', () => {
    const root = mkdtempSync(join(folder, 'root-'))
    const { program } = heapwalk('read', core).core!
    const read = () => heapwalk('read', core, '--sysroot', root)
    const zones = ({ process: { rows = [] } }: Snapshot) =>
      rows.flatMap(({ category, name }) => (category === 'shm' ? [name] : []))
    const without = read()
    expect(without.core!.missing).toEqual(expect.arrayContaining([program, expect.stringMatching(/libluajit/)]))
    expect({ labels: without.vms.map(({ label }) => label), zones: zones(without) }).toEqual({
      labels: ['vm1'],
      zones: [],
    })
    expect(without.vms[0]!.gcTotal).toBe(live.vms[0]!.gcTotal)

    symlinkSync('/usr', join(root, 'usr'))
    const withAll = read()
    expect({ missing: withAll.core!.missing, zones: zones(withAll) }).toEqual({ missing: [], zones: ['notes'] })
    expect(withAll.vms).toEqual(live.vms)
  })

  test('is refused with a root folder that is none', () => {
    const none = join(folder, 'none')
    expect(refusal('read', core, '--sysroot', none)).toEqual({
      status: 2,
      stdout: '',
      stderr: `heapwalk: ${none} is no folder that could have the files of the core's machine\n`,
    })
  })

  test('takes no names from a file that is another one than the process had', () => {
    const root = mkdtempSync(join(folder, 'root-'))
    const { program } = heapwalk('read', core).core!
    for (const path of [program, ...heapwalk('read', core, '--sysroot', root).core!.missing!]) {
      mkdirSync(join(root, dirname(path)), { recursive: true })
      copyFileSync(path === program ? '/bin/sh' : path, join(root, path))
    }
    expect(heapwalk('read', core, '--sysroot', root).core!.missing).toEqual([program])
  })

  test('whose heap does not add up is refused, and why', () => {
    const copy = join(folder, 'half-way')
    const bytes = readFileSync(core)
    const total = Buffer.alloc(8)
    total.writeBigUInt64LE(BigInt(live.vms[0]!.gcTotal))
    for (let at = bytes.indexOf(total); at !== -1; at = bytes.indexOf(total, at + 8)) {
      bytes.writeBigUInt64LE(BigInt(live.vms[0]!.gcTotal + 64), at)
    }
    writeFileSync(copy, bytes)
    const { status, stdout, stderr } = refusal('read', copy)
    rmSync(copy)
    expect({ status, stdout }).toEqual({ status: 5, stdout: '' })
    expect(stderr).toMatch(
      /^heapwalk: the heap in the core of process \d+ does not add up \(.*accounted \d+ of gc\.total \d+\): it is damaged, or was written in the middle of a change, and nothing in it is guessed\n$/,
    )
  })

  test('that is damaged is refused, or all of it can be asked for', () => {
    const copy = join(folder, 'damaged')
    copyFileSync(core, copy)
    using damage = compileProgram('damaged-core', CORE_READER)
    const { status, stdout, stderr } = damage.run([copy, '1000'])
    rmSync(copy)
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(stdout).toMatch(/^[1-9]\d* opened, [1-9]\d* refused\n$/)
  })

  test('that is cut off is refused, with how long it should be', () => {
    const copy = join(folder, 'cut')
    spawnSync('cp', [core, copy])
    truncateSync(copy, 1_000_000)
    const { status, stderr } = refusal('read', copy)
    rmSync(copy)
    expect(status).toBe(2)
    expect(stderr).toMatch(
      /^heapwalk: the core file \S+ is cut off: it has 1.0 MB, and a segment goes on to [\d.]+ MB\. Allow a larger one \(ulimit -c unlimited\), or make room on the disk\n$/,
    )
  })
})

test.runIf(kernelWritesHere)('cores of workers that die in the middle of requests are exact', async () => {
  await using nginx = await coreServer()
  for (let round = 0; round < 5; round++) {
    const [worker] = await nginx.runtime.workers()
    const plan = { requests: [{ path: '/add' }], amount: 20_000, connections: 10, expectStatus: [[200, 200]] } as const
    const over = new AbortController()
    const loading = load(nginx.runtime, plan, { signal: over.signal }).catch(() => undefined)
    await waitUntil(async () => ((await nginx.runtime.counters())?.requests ?? 0) > 2000 * (round + 1), {
      timeoutMs: 10_000,
    })
    const core = await coreOf(worker!.pid)
    over.abort()
    const snapshot = heapwalk('read', core)
    rmSync(core)
    expect(httpVm(snapshot).accounted).toBe(httpVm(snapshot).gcTotal)
    expect(objectsAt(httpVm(snapshot), 'globals.added[*]', 'table')).toBeGreaterThan(1000)
    await loading
  }
})

test.runIf(hasGcore)('a core that gcore wrote tells what the process, which goes on, tells', async () => {
  await using nginx = await coreServer()
  await nginx.get('/fill')
  const file = join(folder, 'gcore')
  expect(spawnSync('gcore', ['-o', file, String(nginx.pid)]).status).toBe(0)
  const [dead, live] = [heapwalk('read', `${file}.${nginx.pid}`), heapwalk('snap', '-p', String(nginx.pid))]
  rmSync(`${file}.${nginx.pid}`)
  expect(dead.vms).toEqual(live.vms)
  expect(dead.process.malloc).toEqual(live.process.malloc)
})

test.each([
  ['--exe', '/bin/sh'],
  ['--sysroot', '/usr'],
])('%s is refused for what is no core', (option, value) => {
  const { status, stderr } = refusal('read', '/bin/sh', option, value)
  expect(status).toBe(2)
  expect(stderr).toContain(`heapwalk: ${option} is for core files, and this is none: /bin/sh\n`)
})
