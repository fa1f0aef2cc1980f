import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type CProgram, compileProgram } from '../c-program.js'

const PARTS = ['freeze/room', 'base/error']
const PID = 7
/** Bytes that a clone could take, and the copy of it. */
const [CLONE, COPY] = [70_000_000, 30_000_000]

let program: CProgram | undefined
const folders: string[] = []
beforeAll(() => {
  program = compileProgram('cloning/room', PARTS)
}, 60_000)
afterAll(() => {
  program?.[Symbol.dispose]()
  for (const folder of folders) rmSync(folder, { recursive: true })
})

type Files = Readonly<Record<string, string | number>>

/** What heapwalk says of a machine that has these files where it is to clone; an empty text where there is room. */
const refusal = (files: Files) => answer(files, CLONE, COPY)

/** The same where it makes a copy alone. */
const refusalOfCopy = (files: Files, bytes = COPY) => answer(files, bytes)

function answer(files: Files, ...bytes: readonly number[]): string {
  const root = mkdtempSync(join(tmpdir(), 'room-'))
  folders.push(root)
  const all = {
    'proc/meminfo': 'MemTotal: 2000000 kB\nMemAvailable: 1000000 kB\n',
    'proc/sys/vm/overcommit_memory': 0,
    ...files,
  }
  for (const [name, text] of Object.entries(all)) {
    mkdirSync(dirname(join(root, name)), { recursive: true })
    writeFileSync(join(root, name), `${text}\n`)
  }
  const { status, stdout, stderr } = program!.run([root, String(PID), ...bytes.map(String)])
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  return stdout.trimEnd().replaceAll(root, '')
}

const UNIFIED = '30 24 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate'
const unified = (group: string) => ({ 'proc/7/cgroup': `0::${group}`, 'proc/self/mountinfo': UNIFIED })
/** Limits of a group of version 2, in MB. */
const limits = (folder: string, most: number | 'max', current: number, stat = '') => ({
  [`${folder}/memory.max`]: most === 'max' ? most : most * 1e6,
  [`${folder}/memory.current`]: current * 1e6,
  [`${folder}/memory.stat`]: stat,
})

test('a machine without control groups has room for what is available', () => {
  expect(refusal({})).toBe('')
  expect(refusal({ 'proc/meminfo': 'MemAvailable: 90000 kB' })).toBe(
    'not tried: to clone process 7 could take 100.0 MB, and the machine has 92.2 MB available. Leave out --freeze fork',
  )
})

test('where memory is promised only once there is none for a clone', () => {
  expect(refusal({ 'proc/sys/vm/overcommit_memory': 2 })).toContain('not tried: vm.overcommit_memory is 2')
  expect(refusal({ 'proc/sys/vm/overcommit_memory': 1 })).toBe('')
})

test('the limit of its group, and those of all groups above, leave room or do not', () => {
  const group = 'sys/fs/cgroup/web.slice/nginx.service'
  expect(refusal({ ...unified('/web.slice/nginx.service'), ...limits(group, 500, 399) })).toBe('')
  expect(refusal({ ...unified('/web.slice/nginx.service'), ...limits(group, 500, 401) })).toBe(
    'not tried: to clone process 7 could take 100.0 MB, and /sys/fs/cgroup/web.slice/nginx.service/memory.max leaves 99.0 MB. Raise it, or leave out --freeze fork',
  )
  const above = { ...limits(group, 'max', 300), ...limits('sys/fs/cgroup/web.slice', 500, 480) }
  expect(refusal({ ...unified('/web.slice/nginx.service'), ...above })).toContain(
    '/sys/fs/cgroup/web.slice/memory.max leaves 20.0 MB',
  )
  expect(refusal({ ...unified('/'), ...limits('sys/fs/cgroup', 500, 450) })).toContain(
    '/sys/fs/cgroup/memory.max leaves 50.0 MB',
  )
})

test('the copy counts only in the groups that heapwalk is in itself', () => {
  const both = (own: string) => ({ ...unified('/a/nginx'), 'proc/self/cgroup': `0::${own}` })
  const group = limits('sys/fs/cgroup/a/nginx', 500, 420)
  expect(refusal({ ...both('/a/other'), ...group })).toBe('')
  expect(refusal({ ...both('/a/nginx/below'), ...group })).toContain('could take 100.0 MB, and')
  expect(refusal({ ...both('/a/nginx2'), ...limits('sys/fs/cgroup/a/nginx', 500, 440) })).toContain(
    'could take 70.0 MB, and /sys/fs/cgroup/a/nginx/memory.max leaves 60.0 MB',
  )
  const above = limits('sys/fs/cgroup/a', 500, 420)
  expect(refusal({ ...both('/a/other'), ...group, ...above })).toContain('/sys/fs/cgroup/a/memory.max leaves 80.0 MB')
  expect(refusal({ ...both('/b'), ...group, ...above })).toBe('')
})

test('pages of files that were not used lately are room, but for those that have to be written first', () => {
  const group = 'sys/fs/cgroup/a'
  expect(refusal({ ...unified('/a'), ...limits(group, 500, 490, 'inactive_file 100000000\nfile_dirty 0') })).toBe('')
  const dirty = 'inactive_file 100000000\nfile_dirty 8000000\nfile_writeback 4000000'
  expect(refusal({ ...unified('/a'), ...limits(group, 500, 490, dirty) })).toContain('leaves 98.0 MB')
})

test('a group that is slowed down near its limit has that limit', () => {
  const high = { 'sys/fs/cgroup/a/memory.high': 450e6, ...limits('sys/fs/cgroup/a', 'max', 400) }
  expect(refusal({ ...unified('/a'), ...high })).toContain('/sys/fs/cgroup/a/memory.high leaves 50.0 MB')
})

test('a group that may have no further process is left alone', () => {
  const pids = (most: number | string) => ({ 'sys/fs/cgroup/a/pids.max': most, 'sys/fs/cgroup/a/pids.current': 5 })
  expect(refusal({ ...unified('/a'), ...pids(6) })).toBe(
    'not tried: a clone of process 7 could be one process too many: /sys/fs/cgroup/a/pids.max allows 1 more. Raise it, or leave out --freeze fork',
  )
  expect(refusal({ ...unified('/a'), ...pids(7) })).toBe('')
  expect(refusal({ ...unified('/a'), ...pids('max') })).toBe('')
})

const V1 = {
  'proc/7/cgroup': '5:pids:/docker/a\n4:cpu,memory:/docker/a\n0::/',
  'proc/self/mountinfo':
    '33 31 0:28 /docker/a /sys/fs/cgroup/memory ro - cgroup cgroup rw,cpu,memory\n34 31 0:29 /docker/a /sys/fs/cgroup/pids ro - cgroup cgroup rw,pids',
}

test('the limits of version 1 are found, also where a container sees only its own group', () => {
  const memory = (limit: number, swap: number) => ({
    'sys/fs/cgroup/memory/memory.limit_in_bytes': limit * 1e6,
    'sys/fs/cgroup/memory/memory.usage_in_bytes': 400e6,
    'sys/fs/cgroup/memory/memory.memsw.limit_in_bytes': swap * 1e6,
    'sys/fs/cgroup/memory/memory.memsw.usage_in_bytes': 450e6,
  })
  expect(refusal({ ...V1, ...memory(510, 560) })).toBe('')
  expect(refusal({ ...V1, ...memory(490, 560) })).toContain(
    '/sys/fs/cgroup/memory/memory.limit_in_bytes leaves 90.0 MB',
  )
  expect(refusal({ ...V1, ...memory(510, 530) })).toContain('memory.memsw.limit_in_bytes leaves 80.0 MB')
  const pids = { 'sys/fs/cgroup/pids/pids.max': 10, 'sys/fs/cgroup/pids/pids.current': 10 }
  expect(refusal({ ...V1, ...memory(510, 560), ...pids })).toContain('/sys/fs/cgroup/pids/pids.max allows 0 more')
})

test.each([
  ['is mounted nowhere', { 'proc/7/cgroup': '0::/a', 'proc/self/mountinfo': '' }],
  ['is not below what is mounted', { 'proc/7/cgroup': '0::/../b', 'proc/self/mountinfo': UNIFIED }],
  [
    'is in another part of the hierarchy',
    { 'proc/7/cgroup': '4:memory:/docker/ab', 'proc/self/mountinfo': V1['proc/self/mountinfo'] },
  ],
])('a clone is not tried where its control group %s', (_how, files) => {
  expect(refusal(files)).toMatch(
    /the limits of its control group \(.+\) cannot be seen from here\. Leave out --freeze fork$/,
  )
})

test('a copy alone is made where the limits of the groups that heapwalk is in leave room for it', () => {
  const own = { 'proc/7/cgroup': '0::/a', 'proc/self/cgroup': '0::/b/heapwalk', 'proc/self/mountinfo': UNIFIED }
  const full = limits('sys/fs/cgroup/a', 500, 499)
  expect(refusalOfCopy({ ...own, ...full, ...limits('sys/fs/cgroup/b', 500, 469) })).toBe('')
  expect(refusalOfCopy({ ...own, ...limits('sys/fs/cgroup/b', 500, 471) })).toBe(
    'not tried: a copy of process 7 could take 30.0 MB, and /sys/fs/cgroup/b/memory.max leaves 29.0 MB: beyond that the kernel ends what is in it, which may be the process. Raise it, or read the process from outside of that container or group, by the number that it has there',
  )
  expect(refusalOfCopy({ 'proc/meminfo': 'MemAvailable: 20000 kB' })).toBe(
    'not tried: a copy of process 7 could take 30.0 MB, and the machine has 20.5 MB available: beyond that the kernel ends what it chooses, which may be the process',
  )
})

test('a copy alone is made where no limit can be seen, where another process cannot be started, and where it is small', () => {
  expect(refusalOfCopy({ 'proc/self/cgroup': '0::/../b', 'proc/self/mountinfo': UNIFIED })).toBe('')
  const pids = { 'sys/fs/cgroup/a/pids.max': 5, 'sys/fs/cgroup/a/pids.current': 5 }
  expect(refusalOfCopy({ ...unified('/a'), 'proc/self/cgroup': '0::/a', ...pids })).toBe('')
  const near = { ...unified('/a'), 'proc/self/cgroup': '0::/a', ...limits('sys/fs/cgroup/a', 500, 499) }
  expect(refusalOfCopy(near, 16e6)).toBe('')
  expect(refusalOfCopy(near, 17e6)).toContain('leaves 1.0 MB')
})
