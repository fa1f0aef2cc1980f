import { expect, test } from 'vitest'
import { detailsHtml } from '../../../../plugin/report/live/details-html.js'
import { detailsText } from '../../../../plugin/report/live/details-text.js'
import { unusual } from '../../../../plugin/report/live/unusual.js'
import type { Snapshot, VmSnapshot } from '../../../../plugin/types/snapshot.js'
import type { HeapContents } from '../../heap/build.js'
import { LUA, worker } from './worker.js'

const HEAP: HeapContents = {
  'globals.big': { string: [1, 300_000] },
  'globals.bufs[*]': { cdata: [2, 48], ct: [['struct <buf>', 'C function free', 2]] },
}
const FREE = { ...LUA, name: 'allocator free space and overhead', bytes: 110_000 }
const CHUNKS: NonNullable<VmSnapshot['allocator']> = {
  segments: [2, 500_000],
  used: [2000, 399_500],
  overhead: 500,
  free: [1001, 100_000],
  largestFree: 36_000,
  top: 36_000,
  sizes: [
    [64, 1000, 64_000],
    [65_536, 1, 36_000],
  ],
}
const STRINGS: NonNullable<VmSnapshot['strings']> = {
  sizes: [
    [64, 100, 5000],
    [524_288, 1, 300_000],
  ],
  largest: [
    [1, 300_000],
    [1, 60],
  ],
}

function one(more: Partial<VmSnapshot> = {}): Snapshot {
  return worker([LUA, FREE], { allocator: CHUNKS, strings: STRINGS, mcode: 4096, ...more }, HEAP)
}

test('each question is answered in a line; figures stand below what is much of the memory', () => {
  expect(detailsText(one(), {})).toEqual([
    'What is free, and what strings, cdata, tables and code are',
    "  LuaJIT's allocator, http VM  100 KB of 500 KB, 20 %, free in 1,001 chunks, the largest 36 KB, at the end",
    '    up to    free chunks  bytes',
    '    64 B     1,000        64 KB',
    '    65.5 KB  1            36 KB',
    '  strings, http VM             101, 305 KB; half of the bytes in those of up to 524.3 KB; the largest at _G.big (2 of them, 300.1 KB)',
    '    up to     strings  bytes     of the largest',
    '    64 B      100      5 KB',
    '    524.3 KB  1        300 KB',
    '              2        300.1 KB  _G.big',
    '  cdata, http VM               2, 2 with a finalizer; most are struct <buf>, freed by C function free',
    '  tables, http VM              0 with 0 slots, 0 of them empty: 0 B',
    '  compiled code, http VM       0 traces (0 B), 4.1 KB of machine code',
  ])
})

test('what is little stays one line, and an allocator that could not be read says so', () => {
  const little = { ...CHUNKS, free: [1, 900] as const, sizes: [[1024, 1, 900]] as const }
  expect(detailsText(one({ allocator: little }), {}).join('\n')).not.toContain('free chunks')
  expect(detailsText(one({ allocator: null }), {})[1]).toContain('what it has free is not known')
})

test('the page has the figures of each, open where they matter, with nothing of a name as markup', () => {
  const page = detailsHtml(one())
  expect(page).toContain('<details open><summary><b>LuaJIT&#39;s allocator, http VM</b> 100 KB of 500 KB')
  expect(page).toContain('<details><summary><b>cdata, http VM</b>')
  expect(page).toContain('<td>struct &lt;buf&gt;</td>')
})

test('free room that is scattered is told with its chunks, and why it does not go back', () => {
  const found = (allocator: VmSnapshot['allocator']) =>
    unusual(one({ allocator: allocator! })).find(({ says }) => says.includes('are free inside'))!
  expect(found(CHUNKS).says).toBe(
    "100 KB, 20 %, are free inside LuaJIT's allocator, in 1,001 chunks, the largest of 36 KB.",
  )
  expect(found(CHUNKS).remedy).toMatch(/^It is scattered among what lives/)
  expect(found({ ...CHUNKS, largestFree: 90_000 }).remedy).toMatch(/^It is used again/)
})

test('a string that is a notable part of the memory is told with its path', () => {
  const found = (snapshot: Snapshot) => unusual(snapshot, 'heap').filter(({ says }) => says.includes('string'))
  expect(found(one())).toEqual([
    {
      says: '2 strings at _G.big have 300.1 KB.',
      remedy: 'Read and send large bodies in pieces, or let go of them as soon as they are done with.',
      vm: 'http',
      place: { vm: 'http', path: 'globals.big' },
    },
  ])
  expect(found(one({ strings: { ...STRINGS, largest: [[1, 40_000]] } }))).toEqual([])
})

test('compiled code that is a notable part of the memory is told with what bounds it', () => {
  const code = (mcode: number) => unusual(one({ mcode, total: { trace: [800, 10_000] } }), 'memory')
  expect(code(90_000).map(({ says }) => says)).toContain('Compiled code of the http VM takes 100 KB, 20 %: 800 traces.')
  expect(code(9000).filter(({ says }) => says.includes('Compiled'))).toEqual([])
})
