import { expect, test } from 'vitest'
import { differenceMarkdown } from '../../../../plugin/report/live/difference-markdown.js'
import { differenceText } from '../../../../plugin/report/live/difference-text.js'
import { heapText } from '../../../../plugin/report/live/heap-text.js'
import { differenceHtml, heapHtml, memoryHtml } from '../../../../plugin/report/live/live-html.js'
import { differenceJson, heapJson, memoryJson } from '../../../../plugin/report/live/live-json.js'
import { memoryText } from '../../../../plugin/report/live/memory-text.js'
import type { MemoryRow, Snapshot } from '../../../../plugin/types/snapshot.js'
import { type HeapContents, snapshot } from '../../heap/build.js'

const HEAP: HeapContents = {
  'registry._LOADED': { table: 1 },
  'registry._LOADED.demo': { table: 1 },
  'registry._LOADED.demo.cache': { table: [1, 4000] },
  'registry._LOADED.demo.cache[*]': { string: [1000, 40_000] },
  'registry._LOADED.other': { table: [1, 6000] },
}

const ROWS: readonly MemoryRow[] = [
  { category: 'lua', name: 'reachable strings', vm: 'http', bytes: 400_000, used: 400_000, how: 'counted' },
  { category: 'lua', name: 'garbage', vm: 'http', bytes: 150_000, used: 150_000, how: 'counted' },
  { category: 'malloc', name: 'main arena, in use', bytes: 200_000, used: 200_000, how: 'chunks' },
  { category: 'malloc', name: 'main arena, free', bytes: 120_000, how: 'chunks' },
  {
    category: 'shm',
    name: 'tokens',
    bytes: 95_000,
    used: 95_000,
    size: 131_072,
    free: 0,
    capacity: 100_000,
    how: 'slab',
  },
  { category: 'other', name: 'other anonymous memory', bytes: 35_000, how: 'the rest' },
]

function worker(contents: HeapContents = HEAP, pid = 7): Snapshot {
  const whole = snapshot(contents, { pid, rss: 1_000_000 })
  const vms = whole.vms.map((vm) => ({ ...vm, gcTotal: 60_000, reachable: { string: [1000, 50_128] as const } }))
  return { ...whole, process: { rss: 1_000_000, rows: ROWS }, vms }
}

test('a heap is told by path, the largest first, and ends in plain words', () => {
  expect(heapText(worker(), { top: 2 })).toBe(
    `worker 7, VM http: 60 KB of Lua heap, exact to the byte
  50.1 KB reachable, 0 B garbage, 9.9 KB string table, pinned strings and internals

  own    share   with below  objects  types   path
  40 KB  79.7 %  40 KB       1,000    string  registry._LOADED.demo.cache[*]
  6 KB   11.9 %  6 KB        1        table   registry._LOADED.other
  and 3 smaller paths

  GC roots => registry => ._LOADED => .demo => .cache
  The Lua heap is 6 % of the worker's resident memory (1 MB).
  87.7 % of what is reachable hangs on package.loaded.demo.cache: 44 KB.`,
  )
})

test('cdata are told with what most of them are, and what frees them', () => {
  const contents: HeapContents = {
    'registry._LOADED.demo.cdata[*]': {
      cdata: [3, 9000],
      ct: [
        ['struct foo', '/srv/gc.lua:12', 2],
        ['int [4]', null, 1],
      ],
    },
  }
  const words = 'struct foo, freed by gc.lua:12, and 1 more C type'
  expect(heapText(worker(contents))).toContain(`cdata  registry._LOADED.demo.cdata[*]  ${words}\n`)
  expect(JSON.parse(heapJson([worker(contents)])).workers[0].vms[0].paths.at(-1)).toMatchObject({
    path: 'registry._LOADED.demo.cdata[*]',
    cdata: words,
  })
})

test('retained bytes rank the paths where the snapshot has them', () => {
  const taken = worker()
  const vms = taken.vms.map((vm) => ({
    ...vm,
    nodes: vm.nodes.map((node) => (node.s === '.other' ? { ...node, ret: 9000 } : { ...node, ret: 10 })),
  }))
  expect(heapText({ ...taken, vms }, { top: 1 })).toContain(
    '6 KB  11.9 %  6 KB        9 KB      1        table  registry._LOADED.other',
  )
})

test('a heap of too many objects says that retained bytes are left out, and how to have them', () => {
  const taken = worker()
  const text = (retained: boolean) =>
    heapText({ ...taken, vms: taken.vms.map((vm) => ({ ...vm, retained })) }, { top: 1 })
  const words = 'Retained bytes are left out, for 1,000 objects they take a while: --retained finds them.'
  expect(text(false)).toContain(`\n  and 4 smaller paths\n  ${words}\n`)
  expect(text(true)).not.toContain('Retained bytes')
})

test('memory is told by category, with bars, the use of zones and plain words', () => {
  const taken = worker()
  const vms = taken.vms.map((vm) => ({ ...vm, garbage: { string: [900, 150_000] as const } }))
  expect(memoryText({ ...taken, vms })).toBe(
    `worker 7: 1 MB resident (RSS), the rows sum to it exactly
  lua     http: reachable strings  400 KB  40 %   ########################
  lua     http: garbage            150 KB  15 %   #########
  malloc  main arena, in use       200 KB  20 %   ############
  malloc  main arena, free         120 KB  12 %   #######
  shm     tokens                   95 KB   9.5 %  ######                    95 KB of 100 KB in use
  other   other anonymous memory   35 KB   3.5 %  ##

  Most of it is the Lua heap and its allocator: 550 KB, 55 %.

What is unusual, and what to do
  The http VM has more garbage (150 KB) than live data (50.1 KB).
    No leak, if the collector runs. Where a heap must stay small, collectgarbage("setpause", 100) lets it begin sooner; code that has stopped it must start it again.
  120 KB, 12 %, are free inside malloc.
    It is used again. glibc gives back only what is at the end of an arena; a reload starts workers anew.
  The shared zone tokens is 95 % full.
    A full dictionary throws out what was used least, or refuses what is new: make it larger, or let entries expire.`,
  )
})

test('of a shared dictionary memory tells its entries, and whether it was full', () => {
  const taken = worker()
  const rows = taken.process.rows!.map((row) => {
    if (row.name !== 'tokens') return row
    const entries = {
      lasting: [700, 89_600],
      expiring: [1, 1024],
      expired: [0, 0],
      lastingKeys: 1,
      ttlMs: 900,
      oldest: 'lasting',
    } as const
    return { ...row, failures: 12, entries }
  })
  const told = memoryText({ ...taken, process: { ...taken.process, rows } })
  expect(told).toContain('95 KB of 100 KB in use, 700 entries never expire (89.6 KB), 1 entry will expire (1 KB)\n')
  expect(told).toContain(
    'The shared zone tokens is 95 % full, and 12 allocations found no room: what it throws out next never expires.\n',
  )
})

test('a difference says what grew most, and that it proves no leak', () => {
  const grown = { ...HEAP, 'registry._LOADED.demo.cache[*]': { string: [3000, 120_000] as const } }
  const text = differenceText(worker(), worker(grown))
  expect(text).toContain(
    'VM http: +80 KB reachable, 1 path changed\n  +80 KB  +2,000  string  registry._LOADED.demo.cache[*]',
  )
  expect(text).toContain('Most grew in package.loaded.demo.cache: +80 KB.')
  expect(text).toContain('Two snapshots show growth, not a leak')
  expect(differenceMarkdown(worker(), worker(grown))).toContain('+80 KB | +2,000 | string |')
  expect(JSON.parse(differenceJson(worker(), worker(grown))).vms).toEqual([
    {
      label: 'http',
      paths: [
        { path: 'registry._LOADED.demo.cache[*]', bytes: [40_000, 120_000], objects: [1000, 3000], types: 'string' },
      ],
    },
  ])
  expect(differenceText(worker(), worker())).toContain('Nothing grew on the reachable heap.')
})

test('files hold all workers', () => {
  const workers = [worker(), worker(HEAP, 8)]
  expect(JSON.parse(heapJson(workers))).toMatchObject({
    format: 'resty-leak-heap/1',
    workers: [{ pid: 7, pauseMs: 1.5, vms: [{ label: 'http', gcTotal: 60_000 }] }, { pid: 8 }],
  })
  expect(JSON.parse(memoryJson(workers))).toMatchObject({
    format: 'resty-leak-memory/1',
    workers: [{ pid: 7, rss: 1_000_000, rows: ROWS }, { pid: 8 }],
  })
  expect(heapHtml(workers)).toContain('Lua heap of workers 7, 8')
  expect(memoryHtml(workers)).toContain('Memory of worker 8: 1 MB')
})

test('a page begins with what it means, in words', () => {
  const leadOf = (page: string) => /<header>(.*?)<\/header>/s.exec(page)?.[1]
  expect(leadOf(heapHtml([worker()]))).toBe(`<h1>Lua heap of worker 7</h1>
<p>The Lua heap is 6 % of the worker&#39;s resident memory (1 MB). 87.7 % of what is reachable hangs on package.loaded.demo.cache: 44 KB.</p>`)
  expect(leadOf(memoryHtml([worker()]))).toMatch(
    /^<h1>Memory of worker 7: 1 MB<\/h1>\n<p>Most of it is the Lua heap and its allocator: 550 KB, 55 %\. /,
  )
  const later = worker({ ...HEAP, 'registry._LOADED.demo.cache[*]': { string: [3000, 120_000] } })
  expect(leadOf(differenceHtml(worker(), later))).toMatch(
    /^<h1>What changed in worker 7<\/h1>\n<p>Most grew in package\.loaded\.demo\.cache: \+80 KB/,
  )
  expect(leadOf(differenceHtml(worker(), worker(HEAP, 8)))).toContain('<h1>Worker 7 -&gt; worker 8</h1>')
})

test('names from inside the worker cannot fake a line or markup', () => {
  const rows = [{ ...ROWS[4]!, name: 'a\n<b>' }]
  const hostile = { ...worker(), process: { rss: 1_000_000, rows } }
  expect(memoryText(hostile)).toContain('a\\u000a<b>')
  expect(memoryHtml([hostile])).toContain('a\\u000a&lt;b&gt;')
})

test('files that are not where a core is read are named, and what is not known without them', () => {
  const core = { program: '/usr/sbin/nginx', dumped: 1, lacks: { files: 0, shared: 0 } }
  const text = (missing: readonly string[]) => memoryText({ ...worker(), core: { ...core, missing } })
  expect(text(['/usr/sbin/nginx', '/usr/lib/a.so', '/usr/lib/b.so', '/usr/lib/c.so'])).toContain(
    'Programs and libraries that are not on this machine, or are other ones here: /usr/sbin/nginx, /usr/lib/a.so and 2 more. What they name is not known',
  )
  expect(text(['/a\u001b.so'])).toContain('or are other ones here: /a\\u001b.so. What they name')
  expect(text([])).not.toContain('Programs and libraries')
  expect(memoryText({ ...worker(), core })).not.toContain('Programs and libraries')
  expect(heapText({ ...worker(), core: { ...core, missing: ['/usr/sbin/nginx'] } })).toContain(
    '\n  Note: Programs and libraries that are not on this machine, or are other ones here: /usr/sbin/nginx.',
  )
  expect(heapText({ ...worker(), core })).not.toContain('Programs and libraries')
})

test('a core file is told as one, with what it lacks', () => {
  const core = { program: '/usr/sbin/nginx', dumped: 2_000_000, lacks: { files: 12_000_000, shared: 65_536 } }
  const dead: Snapshot = { ...worker(), core }
  const memory = memoryText(dead)
  expect(memory).toContain('worker 7, of its core file: 1 MB in the core that is not zeros, the rows sum to it exactly')
  expect(memory).toContain('The core lacks 12 MB of mapped files')
  expect(memory).toContain('The core lacks 65.5 KB of shared memory')
  expect(heapText(dead)).toContain('The Lua heap is 6 % of what the core has of the process (1 MB).')
  expect(memoryHtml([dead])).toContain('The core lacks 12 MB of mapped files')
  expect(JSON.parse(memoryJson([dead])).workers[0].core).toEqual(core)
  expect(JSON.parse(heapJson([dead])).workers[0].core).toEqual(core)
})

test('a saved image, which has no rows, says so instead of a sum', () => {
  const { process, ...rest } = worker()
  expect(memoryText({ ...rest, process: { rss: process.rss } })).toContain(
    'worker 7: 1 MB resident (RSS); a saved image does not say where it is',
  )
})

test('what is below a function is told with where that is, also in what changed', () => {
  const heap = (strings: number): HeapContents => ({
    'registry._LOADED.demo.go': { function: 1, src: '/srv/demo.lua:4' },
    'registry._LOADED.demo.go.^foo[*]': { string: strings },
    'registry._LOADED.other[*]': { string: 5 },
  })
  const [before, after] = [worker(heap(10)), worker(heap(5000))]
  expect(heapText(after)).toMatch(/registry\._LOADED\.demo\.go\.\^foo\[\*\] {2}demo\.lua:4$/m)
  expect(heapText(after)).toMatch(/registry\._LOADED\.other\[\*\]$/m)
  expect(differenceText(before, after)).toMatch(/\^foo\[\*\] {2}demo\.lua:4$/m)
  expect(differenceText(before, after)).toContain('Most grew in package.loaded.demo.go, upvalue foo (demo.lua:4): ')
  const [vm] = JSON.parse(heapJson([after])).workers[0].vms
  expect(vm.paths.find(({ path }: { path: string }) => path.endsWith('foo[*]'))).toMatchObject({ owner: 'demo.lua:4' })
})
