import type { MemoryRow, Snapshot, VmSnapshot } from '../../../../plugin/types/snapshot.js'
import { type HeapContents, snapshot } from '../../heap/build.js'

/** A heap of 398 KB, nearly all of it below one upvalue. */
export const HEAP: HeapContents = {
  'registry._LOADED.demo.go': { function: 1, src: '/srv/demo.lua:4' },
  'registry._LOADED.demo.go.^foo': { table: [1, 8000], add: ['/srv/demo.lua:5 go'] },
  'registry._LOADED.demo.go.^foo[*]': { string: [1000, 390_000] },
}
export const LUA: MemoryRow = {
  category: 'lua',
  name: 'reachable strings',
  vm: 'http',
  bytes: 390_000,
  used: 390_000,
  how: '',
}
export const LIBRARY: MemoryRow = { category: 'library', name: 'library text', bytes: 500_000, how: '' }
export const ZONE = { category: 'shm', name: 'tokens', bytes: 95_000, size: 131_072, how: '' } as const

/** A worker whose resident set these rows are. */
export function worker(rows: readonly MemoryRow[], vm: Partial<VmSnapshot> = {}, contents = HEAP): Snapshot {
  const whole = snapshot(contents)
  const rss = rows.reduce((sum, { bytes }) => sum + bytes, 0)
  const held = { reachable: { string: [1000, 398_048] as const }, gcTotal: 400_000, ...vm }
  return { ...whole, process: { rss, rows }, vms: whole.vms.map((one) => ({ ...one, ...held })) }
}
