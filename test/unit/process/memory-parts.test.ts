import { expect, test } from 'vitest'
import { memoryParts } from '../../../plugin/process/memory-parts.js'
import type { MemoryPart } from '../../../plugin/types/memory-part.js'
import type { MemoryRow, Snapshot } from '../../../plugin/types/snapshot.js'
import { snapshot } from '../heap/build.js'

const HEAP = {
  'registry._LOADED.demo.go': { function: 1, src: '/srv/demo.lua:4' },
  'registry._LOADED.demo.go.^foo[*]': { string: [1000, 390_000] },
  'registry._LOADED.other[*]': { string: [10, 10_000] },
} as const

const LUA: readonly MemoryRow[] = [
  { category: 'lua', name: 'reachable strings', vm: 'http', bytes: 400_000, used: 400_000, how: 'counted' },
  { category: 'lua', name: 'garbage', vm: 'http', bytes: 150_000, used: 150_000, how: 'counted' },
  { category: 'lua', name: 'allocator free space and overhead', vm: 'http', bytes: 50_000, how: 'pages' },
]
const MALLOC: readonly MemoryRow[] = [
  { category: 'malloc', name: 'main arena, in use', bytes: 120_000, used: 120_000, how: 'chunks' },
  { category: 'malloc', name: 'arenas of threads, in use', bytes: 80_000, used: 80_000, how: 'chunks' },
  { category: 'malloc', name: 'main arena, free', bytes: 120_000, how: 'chunks' },
]

function worker(rows: readonly MemoryRow[], malloc?: Snapshot['process']['malloc']): Snapshot {
  const rss = rows.reduce((sum, { bytes }) => sum + bytes, 0)
  return { ...snapshot(HEAP), process: { rss, rows, ...(malloc !== undefined && { malloc }) } }
}

const HOLDERS = {
  blocks: 20,
  bytes: 200_000,
  holders: [
    ['nginx: cycle', 10, 150_000],
    ['nginx: connections', 5, 20_000],
  ],
  lost: { blocks: 5, bytes: 30_000, direct: [5, 30_000], sizes: [[6000, 5]], libraries: [] },
} as const satisfies Snapshot['process']['malloc']

/** Names and bytes, indented by level. */
function lines({ parts }: MemoryPart, indent = ''): string[] {
  return parts.flatMap((part) => [`${indent}${part.name} ${part.bytes}`, ...lines(part, `${indent}  `)])
}

/** Each part that has parts is their sum. */
function expectSums(part: MemoryPart): void {
  if (part.parts.length === 0) return
  expect([part.name, part.parts.reduce((sum, { bytes }) => sum + bytes, 0)]).toEqual([part.name, part.bytes])
  part.parts.forEach(expectSums)
}

test('memory opens from the process down to the paths that hold a type, and every level sums to the one above', () => {
  const whole = memoryParts(worker([...LUA, ...MALLOC], HOLDERS))
  expectSums(whole)
  expect(whole.bytes).toBe(920_000)
  expect(lines(whole)).toEqual([
    "LuaJIT's memory, http VM 600000",
    '  Lua heap 550000',
    '    objects that are reachable 400000',
    '      strings 400000',
    '        registry._LOADED.demo.go.^foo[*] 390000',
    '        registry._LOADED.other[*] 10000',
    '    garbage 150000',
    '  allocator free space and overhead 50000',
    'malloc: nginx itself, C modules and FFI 320000',
    '  in use 200000',
    '    nginx: cycle 150000',
    '    lost: nothing points at it 30000',
    '    nginx: connections 20000',
    '  main arena, free 120000',
  ])
})

test('a path leads to where it is in the graph', () => {
  const [lua] = memoryParts(worker(LUA)).parts
  const strings = lua!.parts[0]!.parts[0]!.parts[0]!
  expect([lua!.vm, strings.parts[0]!.place]).toEqual(['http', { vm: 'http', path: 'registry._LOADED.demo.go.^foo[*]' }])
})

test('what is small is taken together', () => {
  const keys = Object.fromEntries(
    Array.from({ length: 40 }, (_, index) => [`registry._LOADED.m${index}`, { string: [1, 10_000 - index] as const }]),
  )
  const bytes = Object.values(keys).reduce((sum, { string }) => sum + string[1], 0)
  const rows: MemoryRow[] = [{ ...LUA[0]!, bytes, used: bytes }]
  const whole = memoryParts({ ...snapshot(keys), process: { rss: bytes, rows } })
  expectSums(whole)
  const strings = whole.parts[0]!.parts[0]!.parts[0]!.parts[0]!
  expect(strings.parts.map(({ name }) => name).filter((name) => !name.startsWith('registry'))).toEqual([
    'in 28 smaller paths',
  ])
  expect(strings.parts).toHaveLength(13)
})

test('malloc is told by arena where holders do not sum to what is resident', () => {
  const whole = memoryParts(worker(MALLOC, { ...HOLDERS, bytes: 210_000, holders: [['nginx: cycle', 10, 180_000]] }))
  expectSums(whole)
  expect(lines(whole)).toEqual([
    'malloc: nginx itself, C modules and FFI 320000',
    '  main arena, in use 120000',
    '  main arena, free 120000',
    '  arenas of threads, in use 80000',
  ])
})

test('what several VMs share is told beside them, and a saved image has no parts', () => {
  const shared: MemoryRow = { category: 'lua', name: 'allocator free space and overhead', bytes: 7000, how: 'pages' }
  const whole = memoryParts(worker([LUA[0]!, shared]))
  expectSums(whole)
  expect(lines(whole).slice(-2)).toEqual(['allocators of all VMs 7000', '  allocator free space and overhead 7000'])
  expect(memoryParts(snapshot(HEAP)).parts).toEqual([])
})
