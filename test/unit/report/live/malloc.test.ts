import { expect, test } from 'vitest'
import { heapText } from '../../../../plugin/report/live/heap-text.js'
import { heapHtml, memoryHtml } from '../../../../plugin/report/live/live-html.js'
import { heapJson, memoryJson } from '../../../../plugin/report/live/live-json.js'
import { mallocText } from '../../../../plugin/report/live/malloc-text.js'
import { memoryText } from '../../../../plugin/report/live/memory-text.js'
import type { Snapshot } from '../../../../plugin/types/snapshot.js'
import { held } from '../../process/build.js'

const worker = held({
  paths: {
    'registry._LOADED.certs': { table: 1 },
    'registry._LOADED.certs.all': { table: 1 },
    'registry._LOADED.certs.all[*]': { cdata: 40, mal: [120, 40_000], ct: [['X509 *', 'C function X509_free', 40]] },
  },
  nginx: { 'nginx: cycle': [500, 200_000], 'nginx: timers': [1, 96] },
  garbage: {
    finalizable: [30, 10_000],
    other: [3, 2736],
    ctypes: [
      ['X509 *', 'C function X509_free', 10, 30, 10_000],
      ['struct parcel *', null, 3, 3, 2736],
    ],
  },
  lost: [2, 1824],
})
const [lost] = [{ ...worker.process.malloc!.lost, sizes: [[912, 2]] as const }]
const snapshot: Snapshot = {
  ...worker,
  process: { ...worker.process, rss: 100_000, malloc: { ...worker.process.malloc!, lost } },
  vms: worker.vms.map((vm) => ({
    ...vm,
    nodes: vm.nodes.map((node) => (node.s === '.all' ? { ...node, ret: 2000, retMal: 30_000 } : { ...node, ret: 100 })),
  })),
}
const unknown: Snapshot = { ...snapshot, process: { ...snapshot.process, malloc: null, mallocWhy: 'musl' } }

test('malloc is told by who holds it, and what is lost has words', () => {
  expect(mallocText(snapshot)).toEqual([
    '  malloc by who holds it: 254.7 KB in 656 blocks, the rows sum to it exactly',
    '    bytes   share   blocks  held by',
    '    200 KB  78.5 %  500     nginx: cycle',
    '    40 KB   15.7 %  120     package.loaded.certs.all     X509 *, freed by C function X509_free',
    '    10 KB   3.9 %   30      garbage with finalizers      X509 *, freed by C function X509_free',
    '    2.7 KB  1 %     3       garbage without a finalizer  struct parcel *',
    '    1.8 KB  0.7 %   2       lost',
    '    96 B    0 %     1       nginx: timers',
  ])
  const text = memoryText(snapshot)
  expect(text).toContain(
    '\n  2.7 KB of malloc in 3 blocks hang on unreachable objects without a finalizer (struct parcel *): the next collection loses them.\n',
  )
  expect(text).toContain(
    '\n  1.8 KB of malloc in 2 blocks are lost, nothing points at them any more: most are 2 of 912 B.\n' +
      '    C code or FFI took it and nobody frees it: ',
  )
  expect(text).toContain('\n  malloc by who holds it: 254.7 KB')
})

test('beyond those that are shown the smaller holders are one row, but never what is lost', () => {
  expect(mallocText(snapshot, 1).slice(2)).toEqual([
    '    200 KB   78.5 %  500     nginx: cycle',
    '    2.7 KB   1 %     3       garbage without a finalizer  struct parcel *',
    '    1.8 KB   0.7 %   2       lost',
    '    50.1 KB  19.6 %  151     3 smaller holders',
  ])
})

test('the JSON has every holder, and they add up to all blocks and bytes', () => {
  const [told] = JSON.parse(memoryJson([snapshot])).workers
  const sum = (of: 'blocks' | 'bytes') =>
    told.malloc.holders.reduce((all: number, row: Record<typeof of, number>) => all + row[of], 0)
  expect([told.malloc.blocks, told.malloc.bytes]).toEqual([656, 254_656])
  expect([sum('blocks'), sum('bytes')]).toEqual([656, 254_656])
  expect(told.malloc.holders).toContainEqual({
    kind: 'path',
    holder: 'registry._LOADED.certs.all[*]',
    vm: 'http',
    blocks: 120,
    bytes: 40_000,
    objects: 'X509 *, freed by C function X509_free',
  })
  expect(told.conclusion.at(-1)).toContain('are lost')
})

test('a heap has a column of what Lua would free with a path in C, and goes by it where retained', () => {
  const [head, first] = heapText(snapshot).split('\n').slice(3)
  expect(head).toMatch(/^ +own +share +with below +retained +freed in C +malloc +objects/)
  expect(first).toMatch(/^ +64 B +\S+ % +\S+ KB +2 KB +30 KB +40 KB +1 +table +registry\._LOADED\.certs\.all$/)
  expect(heapText(snapshot)).toContain('malloc by who holds it: 254.7 KB')
  const [vm] = JSON.parse(heapJson([snapshot])).workers[0].vms
  expect(vm.paths).toContainEqual(
    expect.objectContaining({ path: 'registry._LOADED.certs.all[*]', malloc: 40_000, mallocWithBelow: 40_000 }),
  )
  expect(vm.paths).toContainEqual(expect.objectContaining({ path: 'registry._LOADED.certs', mallocWithBelow: 40_000 }))
  expect(vm.paths).toContainEqual(expect.objectContaining({ path: 'registry._LOADED.certs.all', freedInC: 30_000 }))
})

test('a page has the same rows', () => {
  for (const page of [memoryHtml([snapshot]), heapHtml([snapshot])]) {
    expect(page).toContain('<td>package.loaded.certs.all</td><td>X509 *, freed by C function X509_free</td>')
    expect(page).toContain('1.8 KB of malloc in 2 blocks are lost')
  }
})

test('where nobody can tell, that is said with the reason, in every form', () => {
  expect(mallocText(unknown)).toEqual(['  Who holds malloc is not known (musl).'])
  expect(memoryText(unknown).match(/Who holds malloc is not known \(musl\)\./g)).toHaveLength(1)
  expect(JSON.parse(memoryJson([unknown])).workers[0]).toMatchObject({ malloc: null, mallocWhy: 'musl' })
  expect(memoryHtml([unknown])).toContain('Who holds malloc is not known (musl).')
})
