import { expect, test } from 'vitest'
import { alignSeries } from '../../../plugin/heap/align.js'
import { garbageKinds, holderTracks } from '../../../plugin/process/holders.js'
import type { GarbageMalloc, MallocTally, Snapshot } from '../../../plugin/types/snapshot.js'
import { type HeapContents, snapshot } from '../heap/build.js'

interface Held {
  readonly paths?: HeapContents
  readonly nginx?: Readonly<Record<string, MallocTally>>
  readonly garbage?: Partial<GarbageMalloc>
  readonly lost?: MallocTally
  /** All blocks; whoever is not told above has the rest. */
  readonly all: MallocTally
}

function taken({ paths = {}, nginx = {}, garbage = {}, lost = [0, 0], all }: Held, pid = 7): Snapshot {
  const plain = snapshot({ 'registry._LOADED': { table: 1 }, ...paths }, { pid })
  const malloc = {
    blocks: all[0],
    bytes: all[1],
    holders: Object.entries(nginx).map(([name, [blocks, bytes]]) => [name, blocks, bytes] as const),
    lost: { blocks: lost[0], bytes: lost[1], direct: lost, sizes: [], libraries: [] },
  }
  const garbageMalloc: GarbageMalloc = { finalizable: [0, 0], other: [0, 0], ctypes: [], ...garbage }
  return { ...plain, process: { rss: 1 << 20, malloc }, vms: plain.vms.map((vm) => ({ ...vm, garbageMalloc })) }
}

function tracksOf(...moments: Snapshot[][]) {
  return holderTracks(moments, alignSeries(moments))?.map(({ kind, holder, bytes, blocks }) => ({
    kind,
    holder,
    bytes: bytes.sum,
    blocks: blocks.sum,
  }))
}

test('follows each holder in blocks and in bytes', () => {
  const first = taken({
    paths: { 'globals.certs[*]': { cdata: 1, mal: [13, 1000] } },
    nginx: { 'nginx: cycle': [100, 50_000] },
    lost: [1, 80],
    all: [114, 51_080],
  })
  const second = taken({
    paths: { 'globals.certs[*]': { cdata: 2, mal: [26, 2000] } },
    nginx: { 'nginx: cycle': [100, 50_000], 'nginx: timers': [2, 300] },
    garbage: { finalizable: [5, 500] },
    lost: [3, 240],
    all: [136, 53_040],
  })
  expect(tracksOf([first], [second])).toEqual([
    { kind: 'lost', holder: 'lost', bytes: [80, 240], blocks: [1, 3] },
    { kind: 'garbage', holder: 'garbage', bytes: [0, 500], blocks: [0, 5] },
    { kind: 'path', holder: 'globals.certs[*]', bytes: [1000, 2000], blocks: [13, 26] },
    { kind: 'nginx', holder: 'nginx: cycle', bytes: [50_000, 50_000], blocks: [100, 100] },
    { kind: 'nginx', holder: 'nginx: timers', bytes: [0, 300], blocks: [0, 2] },
  ])
})

test('a collection turns garbage without a finalizer into what is lost, and its track does not move', () => {
  const before = taken({ garbage: { other: [40, 4000] }, lost: [10, 1000], all: [50, 5000] })
  const after = taken({ lost: [50, 5000], all: [50, 5000] })
  expect(tracksOf([before], [after])).toEqual([{ kind: 'lost', holder: 'lost', bytes: [5000, 5000], blocks: [50, 50] }])
})

test('what only stacks reach has a track of its own, so that all tracks add up to malloc in use', () => {
  const busy = taken({
    paths: { 'main.<stack>': { cdata: 1, mal: [2, 64] } },
    nginx: { 'nginx: cycle': [1, 32] },
    all: [3, 96],
  })
  expect(tracksOf([busy])).toEqual([
    { kind: 'nginx', holder: 'nginx: cycle', bytes: [32], blocks: [1] },
    { kind: 'stack', holder: "Lua's stacks", bytes: [64], blocks: [2] },
  ])
})

test('tells workers apart', () => {
  const lost = (blocks: number, pid: number) => taken({ lost: [blocks, blocks * 80], all: [blocks, blocks * 80] }, pid)
  const moments = [
    [lost(1, 7), lost(2, 8)],
    [lost(5, 7), lost(2, 8)],
  ]
  const [track] = holderTracks(moments, alignSeries(moments))!
  expect(track!.blocks).toEqual({
    sum: [3, 7],
    byWorker: [
      [1, 5],
      [2, 2],
    ],
  })
})

test('says nothing where one snapshot does not tell', () => {
  const known = taken({ all: [1, 32], lost: [1, 32] })
  const unknown: Snapshot = { ...known, process: { rss: 1, malloc: null, mallocWhy: 'musl' } }
  expect(tracksOf([known], [unknown])).toBeUndefined()
})

test('names what garbage holds by C type and finalizer, over all workers', () => {
  const ctypes: GarbageMalloc['ctypes'] = [
    ['struct x509_st *', 'C function X509_free', 2, 26, 2000],
    ['void *', null, 3, 3, 96],
  ]
  const worker = (pid: number) => taken({ garbage: { ctypes }, all: [29, 2096] }, pid)
  expect(garbageKinds([worker(7), worker(8)], true)).toEqual([
    { ctype: 'struct x509_st *', finalizer: 'C function X509_free', objects: 4, blocks: 52, bytes: 4000 },
  ])
  expect(garbageKinds([worker(7)], false)).toEqual([
    { ctype: 'void *', finalizer: null, objects: 3, blocks: 3, bytes: 96 },
  ])
})
