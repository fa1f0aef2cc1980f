import { expect, test } from 'vitest'
import { SnapshotReader } from '../../../plugin/heapwalk/snapshot.js'
import type { HeapNode, Snapshot } from '../../../plugin/types/snapshot.js'
import { type HeapContents, snapshot, vm } from '../heap/build.js'
import { walkerText } from './walker-text.js'

const modules = (count: number): HeapContents =>
  Object.fromEntries(
    Array.from({ length: count }, (_, at) => [
      [`registry.m${100 + at}`, { table: 1, e: { '[*]': 2 } }] as const,
      [`registry.m${100 + at}[*]`, { string: 2, pay: 10 }] as const,
    ]).flat(),
  )

const taken = snapshot({ ...modules(70), 'registry.zz': { table: 1, sl: [0, 0, 0, 0, 64] } })
const whole: Snapshot = { ...taken, vms: [...taken.vms, vm(modules(3), 'stream')] }
const text = walkerText(whole)

function nodesOf({ vms }: Snapshot): readonly HeapNode[] {
  return vms.flatMap(({ nodes }) => nodes)
}

/** The same JSON, or the same that is none, without the lines that nodes are told by. */
function unbroken(other: string): string {
  return other.replace('"nodes":[\n', '"nodes":[ ').replace('"nodes":[\n', '"nodes":[ ')
}

/** What a text says, or why it says nothing. */
function outcome(read: () => Snapshot): unknown {
  try {
    return read()
  } catch (error) {
    const { code, message } = error as { code?: string; message: string }
    return { code, message }
  }
}

test('nodes that a process had before are the very same', () => {
  const reader = new SnapshotReader()
  const [first, second] = [reader.read(text, 7), reader.read(text, 7)]
  expect(second).toEqual(JSON.parse(text))
  expect(nodesOf(second).every((node, index) => node === nodesOf(first)[index])).toBe(true)
})

const STEPS = [
  '.a',
  '["a b"]',
  '["quote \\" end"]',
  '["slash \\\\"]',
  '["tab \\t"]',
  '["cut \\',
  '["ü"]',
  '.^up',
  '[*]',
  '{*}',
  '',
]

test('nodes that say the same share their parts, however their steps are written', () => {
  const nodes: HeapNode[] = [{ p: -1, s: 'registry', o: { table: [1, 64] } }]
  for (const s of STEPS) nodes.push({ p: 0, s, o: { table: [2, 64] }, sl: [0, 0, 1, 2, 48] })
  const alike: Snapshot = { ...taken, vms: [{ ...taken.vms[0]!, nodes }] }
  const read = nodesOf(new SnapshotReader().read(walkerText(alike), 7))
  expect(read).toEqual(nodes)
  expect(new Set(read.map(({ o }) => o)).size).toBe(2)
  expect(new Set(read.map(({ sl }) => sl)).size).toBe(2)
})

test('a line that says its parent or step twice says the last one, whatever was read before it', () => {
  const line = '"o":{"table":[1,64]},"e":{"[*]":2}'
  expect(text).toContain(line)
  for (const twice of ['"s":".other"', '"p":0']) {
    const other = text.replaceAll(line, `${line},${twice}`)
    expect(new SnapshotReader().read(other, 7)).toEqual(JSON.parse(other))
  }
})

test('another process shares what its heap has in common with the last one read', () => {
  const reader = new SnapshotReader()
  const first = reader.read(text, 7)
  const second = reader.read(walkerText({ ...whole, pid: 8 }), 8)
  expect(nodesOf(second)[5]).toBe(nodesOf(first)[5])
})

test('a path that comes leaves what follows it as it was, but for the index of its parent', () => {
  const reader = new SnapshotReader()
  const first = reader.read(text, 7)
  const more = snapshot({ 'registry.a': { table: 1 }, ...modules(70) })
  const second = reader.read(walkerText(more), 7)
  expect(second.vms).toEqual(more.vms)
  const [before, now] = [first, second].map((each) => each.vms[0]!.nodes.find(({ s }) => s === '[*]')!)
  expect(now!.p).toBe(before!.p + 1)
  expect(now!.o).toBe(before!.o)
})

test('text that was cut or garbled anywhere says what it says alone, or is refused for the same reason', () => {
  const garbled = [...text.matchAll(/[{}[\],:"\n]|\d+/g)].flatMap(({ 0: found, index }) => {
    const [before, after] = [text.slice(0, index), text.slice(index + found.length)]
    return index % 61 < 2 ? [before + after, `${before}0${after}`, `${before}${found}${found}${after}`, before] : []
  })
  expect(garbled.length).toBeGreaterThan(120)
  for (const other of garbled) {
    const reader = new SnapshotReader()
    reader.read(text, 7)
    const alone = outcome(() => new SnapshotReader().read(unbroken(other)))
    expect(outcome(() => reader.read(other, 7))).toEqual(alone)
    expect(outcome(() => new SnapshotReader().read(other, 7))).toEqual(alone)
  }
})
