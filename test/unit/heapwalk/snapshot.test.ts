import { expect, test } from 'vitest'
import { parseSnapshot, SnapshotError } from '../../../plugin/heapwalk/snapshot.js'
import { snapshot } from '../heap/build.js'

const good = snapshot({ 'registry._LOADED.demo': { table: 1 } })
const text = JSON.stringify(good)

test('reads what heapwalk wrote', () => {
  expect(parseSnapshot(`${text}\n`)).toEqual(good)
})

test('refuses another version and names both', () => {
  const other = text.replaceAll('resty-heap/1', 'resty-heap/2')
  expect(() => parseSnapshot(other)).toThrow(/format is "resty-heap\/2", this version reads "resty-heap\/1"/)
})

test('refuses what is no snapshot and shows how it starts', () => {
  expect(() => parseSnapshot('<html>')).toThrow(/not a heap snapshot: it starts with "<html>"/)
  expect(() => parseSnapshot('')).toThrow(SnapshotError)
})

test('refuses a file that was cut off anywhere', () => {
  for (let length = 30; length < text.length; length += 7) {
    expect(() => parseSnapshot(text.slice(0, length))).toThrow(/cut off after \d+ characters/)
  }
})

test('refuses a cut in the middle that kept the trailer', () => {
  const torn = text.slice(0, 60) + text.slice(-40)
  expect(() => parseSnapshot(torn)).toThrow(expect.objectContaining({ code: 'SNAPSHOT_INVALID' }))
})

test('refuses a heap that is not accounted for to the byte', () => {
  const inexact = { ...good, vms: [{ ...good.vms[0]!, accounted: 999_999 }] }
  expect(() => parseSnapshot(JSON.stringify(inexact))).toThrow('VM http is not exact: 999999 of 1000000 bytes')
})

test('refuses a path whose parent comes later', () => {
  const cyclic = { ...good, vms: [{ ...good.vms[0]!, nodes: [{ p: 1, s: 'registry' }] }] }
  expect(() => parseSnapshot(JSON.stringify(cyclic))).toThrow('node 0 of VM http has parent 1')
})

const malloc = {
  blocks: 10,
  bytes: 1000,
  holders: [['nginx: cycle', 4, 400] as const],
  lost: { blocks: 1, bytes: 100, direct: [1, 100] as const, sizes: [[100, 1] as const], libraries: [] },
}
const used = { category: 'malloc', name: 'main arena, in use', bytes: 4096, used: 1000, how: 'chunks' } as const

function held(mal: readonly [number, number], rows = [used]) {
  const [vm] = good.vms
  const garbageMalloc = { finalizable: [2, 200] as const, other: [1, 100] as const, ctypes: [] }
  const nodes = vm!.nodes.map((node, index) => (index === 0 ? { ...node, mal } : node))
  return JSON.stringify({ ...good, process: { rss: 8192, rows, malloc }, vms: [{ ...vm!, garbageMalloc, nodes }] })
}

test('reads who holds the blocks of malloc', () => {
  expect(parseSnapshot(held([2, 200])).process.malloc).toEqual(malloc)
})

test('refuses blocks of malloc that nobody holds and that are not lost', () => {
  expect(() => parseSnapshot(held([1, 200]))).toThrow(
    'of 10 blocks of malloc with 1000 bytes, 9 with 1000 have a holder or are lost',
  )
})

test('refuses holders of malloc that have more than its rows', () => {
  const rows = [{ ...used, used: 900 }]
  expect(() => parseSnapshot(held([2, 200], rows as never))).toThrow("malloc's blocks have 1000 bytes, its rows 900")
})

test('refuses a snapshot without a Lua VM', () => {
  expect(() => parseSnapshot(JSON.stringify({ ...good, vms: [] }))).toThrow('it holds no Lua VM')
})
