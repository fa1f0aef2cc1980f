import { expect, test } from 'vitest'
import { detailsOf } from '../../../plugin/process/details.js'
import type { Snapshot, VmSnapshot } from '../../../plugin/types/snapshot.js'
import { type HeapContents, snapshot } from '../heap/build.js'

const HEAP: HeapContents = {
  'globals.cache': { table: [2, 9000], sl: [10, 1000, 0, 24, 8192] },
  'globals.cache[*]': { string: [3, 4000] },
  'globals.bufs[*]': {
    cdata: [5, 120],
    ct: [
      ['struct buf *', 'C function free', 3],
      ['int', null, 2],
    ],
  },
  'globals.more[*]': { cdata: [4, 96], ct: [['int', null, 4]] },
}

function worker(more: Partial<VmSnapshot> = {}): Snapshot {
  const whole = snapshot(HEAP)
  return { ...whole, vms: whole.vms.map((vm) => ({ ...vm, total: { trace: [7, 900] }, mcode: 65_536, ...more })) }
}

test('cdata are counted by C type over all paths, and by whether they have a finalizer', () => {
  expect(detailsOf(worker()).vms[0]!.cdata).toEqual({
    objects: 9,
    finalized: 3,
    kinds: [
      { name: 'int', finalizer: null, objects: 6 },
      { name: 'struct buf *', finalizer: 'C function free', objects: 3 },
    ],
  })
})

test('the largest strings come by their paths, the path with the most bytes first', () => {
  const nodes = worker().vms[0]!.nodes
  const [cache, bufs] = ['[*]', '.bufs'].map((step) => nodes.findIndex(({ s }) => s === step)) as [number, number]
  const strings = {
    sizes: [[2048, 3, 4000]] as const,
    largest: [
      [bufs, 1800],
      [cache, 1500],
      [cache, 700],
    ] as const,
  }
  expect(detailsOf(worker({ strings })).vms[0]!.strings).toEqual({
    sizes: [[2048, 3, 4000]],
    largest: [
      { path: 'globals.cache[*]', strings: 2, bytes: 2200 },
      { path: 'globals.bufs', strings: 1, bytes: 1800 },
    ],
  })
})

test('tables, traces and machine code are summed; what was not asked for is absent', () => {
  const [vm] = detailsOf(worker()).vms
  expect(vm).toMatchObject({
    tables: { slots: 1024, used: 10, emptyBytes: 8112 },
    code: { traces: 7, traceBytes: 900, mcodeBytes: 65_536 },
  })
  expect(vm).not.toHaveProperty('strings')
  expect(vm).not.toHaveProperty('allocator')
  expect(detailsOf(worker()).arenas).toEqual([])
})
