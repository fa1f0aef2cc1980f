import { expect, test } from 'vitest'
import { heapText } from '../../../../plugin/report/live/heap-text.js'
import { memoryText } from '../../../../plugin/report/live/memory-text.js'
import { unusual } from '../../../../plugin/report/live/unusual.js'
import { liveVerdict } from '../../../../plugin/report/live/verdict.js'
import { workerHtml } from '../../../../plugin/report/live/worker-html.js'
import { workerText } from '../../../../plugin/report/live/worker-text.js'
import type { MemoryRow, Snapshot, VmSnapshot } from '../../../../plugin/types/snapshot.js'
import type { HeapContents } from '../../heap/build.js'
import { HEAP, LIBRARY, LUA, worker, ZONE } from './worker.js'

/** What is said that is unusual, without what holds most of the heap. */
function others(snapshot: Snapshot): string[] {
  return unusual(snapshot)
    .map(({ says }) => says)
    .filter((says) => !says.includes('hangs on'))
}

test('the verdict says what most of the memory is for, and who holds most of the heap, with its lines', () => {
  expect(liveVerdict(worker([LUA]))).toEqual([
    "The Lua heap is 102.5 % of the worker's resident memory (390 KB).",
    '99.9 % of what is reachable hangs on package.loaded.demo.go, upvalue foo (demo.lua:4): 398 KB.',
    'It may be added at demo.lua:5 in go: so the bytecode says, and nobody saw it run.',
  ])
  expect(liveVerdict(worker([LUA, LIBRARY, { ...LIBRARY, name: 'library data', bytes: 1000 }]))[0]).toBe(
    "Most of the worker's resident memory is libraries: 501 KB, 56.2 %, 500 KB of it library text.",
  )
})

test('what holds most of the heap comes with a remedy, and with what would show whether it grows', () => {
  const [first] = unusual(worker([LUA]))
  expect(first).toEqual({
    says: '99.9 % of the reachable heap of the http VM hangs on package.loaded.demo.go, upvalue foo (demo.lua:4): 398 KB in 1,001 objects.',
    remedy:
      'Where it is a cache, give it a bound or an expiry; where it is a list, take out what is done with. One snapshot shows no growth: resty-leak watch -p 7 does.',
    vm: 'http',
    place: { vm: 'http', path: 'registry._LOADED.demo.go.^foo' },
  })
  const core = { program: 'nginx', dumped: 1, lacks: { files: 0, shared: 0 } }
  expect(unusual({ ...worker([LUA]), core })[0]!.remedy).not.toContain('watch')
  expect(unusual(worker([LUA, { ...LIBRARY, bytes: 9_000_000 }]))).toEqual([])
})

test.each<[what: string, rows: readonly MemoryRow[], vm: Partial<VmSnapshot>, says: RegExp]>([
  [
    'garbage beyond what lives',
    [LUA],
    { garbage: { string: [9, 500_000] } },
    /more garbage \(500 KB\) than live data \(398 KB\)/,
  ],
  [
    'objects with finalizers',
    [LUA],
    { finalizable: [2000, 48_000] },
    /^2,000 unreachable objects of the http VM have finalizers/,
  ],
  [
    "room inside LuaJIT's allocator",
    [LUA, { ...LUA, name: 'allocator free space and overhead', bytes: 80_000 }],
    {},
    /^80 KB, 17 %, are free inside LuaJIT's allocator/,
  ],
  [
    'room inside malloc',
    [LUA, { ...LUA, category: 'malloc', name: 'main arena, free', bytes: 80_000 }],
    {},
    /^80 KB, 17 %, are free inside malloc/,
  ],
  ['a full zone', [LUA, { ...ZONE, used: 95_000, capacity: 100_000 }], {}, /^The shared zone tokens is 95 % full\.$/],
  [
    'a zone that was full',
    [
      LUA,
      {
        ...ZONE,
        used: 5000,
        capacity: 100_000,
        failures: 3,
        entries: { lasting: [1, 100], expiring: [0, 0], expired: [0, 0], lastingKeys: 1, ttlMs: 0, oldest: 'lasting' },
      },
    ],
    {},
    /^The shared zone tokens has been full, and 3 allocations found no room: what it throws out next never expires\.$/,
  ],
])('%s is told', (_what, rows, vm, says) => {
  const found = others(worker(rows, vm))
  expect(found).toHaveLength(1)
  expect(found[0]).toMatch(says)
})

test('an ordinary worker has nothing unusual', () => {
  const rows = [
    LUA,
    { ...LIBRARY, bytes: 9_000_000 },
    { ...ZONE, used: 5000, capacity: 100_000, failures: 0 },
    { ...LUA, name: 'allocator free space and overhead', bytes: 80_000 },
  ]
  expect(unusual(worker(rows, { garbage: { string: [9, 100_000] }, finalizable: [20, 480] }))).toEqual([])
})

test('garbage is told where it is a part of the memory that matters', () => {
  const garbage = { garbage: { string: [9, 500_000] as const } }
  expect(others(worker([LUA, { ...LIBRARY, bytes: 4_000_000 }], garbage))).toHaveLength(1)
  expect(others(worker([LUA, { ...LIBRARY, bytes: 9_000_000 }], garbage))).toEqual([])
})

test('a full zone that is no dictionary is not told to let entries expire', () => {
  const limit = { ...ZONE, used: 95_000, capacity: 100_000, kind: 'limit_req', nodes: 700 } as const
  expect(unusual(worker([LUA, limit])).at(-1)!.remedy).toMatch(/^nginx drops what is oldest there/)
})

test('what only begins with the name of a path does not hang on it', () => {
  const sibling = { ...HEAP, 'registry._LOADED.demo.go.^foo_of_others[*]': { string: [500, 100] as const } }
  expect(unusual(worker([LUA], {}, sibling))[0]!.says).toContain(': 398 KB in 1,001 objects.')
})

test('memory and heap find what the report finds, in the same words', () => {
  const full = { ...ZONE, used: 95_000, capacity: 100_000 }
  const free = { ...LUA, name: 'allocator free space and overhead', bytes: 190_000 }
  const one = worker([LUA, full, free, { ...LIBRARY, category: 'other' }], { garbage: { string: [9, 900_000] } })
  const [main, ...found] = unusual(one)
  expect(main!.says).toContain('hangs on')
  expect(unusual(one, 'memory')).toEqual(found)
  expect(found.map(({ says }) => says)).toEqual([
    'The http VM has more garbage (900 KB) than live data (398 KB).',
    "190 KB, 16.1 %, are free inside LuaJIT's allocator.",
    'The shared zone tokens is 95 % full.',
    '500 KB, 42.5 %, could not be told apart: it is in the rows under "other".',
  ])
  expect(unusual(one, 'heap')).toEqual(found.slice(0, 1))
  for (const { says, remedy } of found) expect(memoryText(one)).toContain(`\n  ${says}\n    ${remedy}`)
  expect(heapText(one)).toContain(`\n  ${found[0]!.says}\n    ${found[0]!.remedy}`)
})

test('tables with many more slots than entries are told with what the empty ones take', () => {
  const queue: HeapContents = {
    'registry._LOADED.queue.^jobs': { table: [1, 1_000_000], sl: [10, 65_536, 0, 0, 524_288] },
  }
  const rows = [{ ...LUA, bytes: 1_000_000 }]
  expect(others(worker(rows, { reachable: {}, gcTotal: 1_000_000 }, queue))).toEqual([
    'Tables at package.loaded.queue, upvalue jobs have 65,536 slots for 10 entries: 524.2 KB are empty.',
  ])
  const full: HeapContents = {
    'registry._LOADED.queue.^jobs': { table: [1, 1_000_000], sl: [40_000, 65_536, 0, 0, 524_288] },
  }
  expect(others(worker(rows, { reachable: {}, gcTotal: 1_000_000 }, full))).toEqual([])
})

test('malloc that is lost is told from 1 % of the memory on', () => {
  const lost = (bytes: number) => ({
    ...worker([LUA]),
    process: {
      ...worker([LUA]).process,
      malloc: {
        blocks: 5,
        bytes,
        holders: [],
        lost: { blocks: 5, bytes, direct: [5, bytes] as const, sizes: [], libraries: [] },
      },
    },
  })
  expect(others(lost(5000))).toEqual(['5 KB of malloc in 5 blocks are lost, nothing points at them any more.'])
  expect(others(lost(3000))).toEqual([])
})

test('the text begins with the verdict, and says each thing once', () => {
  const text = workerText(worker([LUA, { ...ZONE, used: 95_000, capacity: 100_000 }]))
  const lines = text.split('\n')
  expect(lines[0]).toBe("The Lua heap is 82.4 % of the worker's resident memory (485 KB).")
  expect(lines).toContain('What is unusual, and what to do')
  expect(text).toContain('GC roots => registry => ._LOADED => .demo => .go => ^foo')
  expect(text.match(/Nearly full|is 95 % full/g)).toHaveLength(1)
  expect(text.match(/may be added at/g)).toHaveLength(1)
})

test('the page opens its largest parts, and escapes what it shows', () => {
  const rows = [LUA, { ...ZONE, name: 'a<b>', used: 95_000, capacity: 100_000 }]
  const page = workerHtml([worker(rows)])
  expect(page).toContain('<h1>Memory of worker 7: 485 KB</h1>')
  expect(page).toContain('a&lt;b&gt;')
  expect(page).not.toContain('a<b>')
  expect(page).toMatch(/<details open><summary class="part" style="--depth:0">.*LuaJIT&#39;s memory, http VM/)
  expect(page).toContain('data-vm="http" data-path="registry._LOADED.demo.go.^foo[*]"')
})

test('of several workers each has its own parts, and its heap in the graph', () => {
  const two = workerHtml([worker([LUA]), { ...worker([LUA]), pid: 8 }])
  expect(two).toContain('<h2>Where the memory is: worker 8</h2>')
  expect(two).toContain('data-vm="8 http"')
  expect(two).toContain('"vm":"8 http"')
})
