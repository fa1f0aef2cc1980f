import { expect, test } from 'vitest'
import { folded } from '../../../../plugin/report/export/folded.js'
import { heapSnapshot } from '../../../../plugin/report/export/heapsnapshot.js'
import { speedscope } from '../../../../plugin/report/export/speedscope.js'
import { aGrowth, aLeak, aReport, somePaths } from '../build.js'

const LEAK = aLeak([aGrowth()], { paths: somePaths() })

test('folded stacks have a path a line, with its own bytes', () => {
  expect(folded(LEAK)).toBe(`registry;._LOADED 64
registry;._LOADED;(7\\u0020smaller\\u0020paths) 300
registry;._LOADED;.demo 64
registry;._LOADED;.demo;.go 48
registry;._LOADED;.demo;.go;.^foo 262256
registry;._LOADED;.demo;.go;.^foo;[*] 1056720
`)
  expect(folded(LEAK, 'before')).toContain(';[*] 210126\n')
  expect(folded(LEAK, 'difference')).toContain(';[*] 210126 1056720\n')
})

test('a key cannot end a frame, a stack or a line', () => {
  const paths = [
    { vm: 'http', nodes: [{ p: -1, s: '["a;b c\n9 \u001b[0m"]', b: [1, 2] as const, o: [1, 1] as const }] },
  ]
  expect(folded(aReport({ paths }))).toBe('["a\\u003bb\\u0020c\\u000a9\\u0020\\u001b[0m"] 2\n')
})

test('several VMs are kept apart', () => {
  const [tree] = somePaths()
  const two = aReport({ paths: [tree!, { ...tree!, vm: 'stream' }] })
  expect(folded(two)).toMatch(/^http VM;|http\\u0020VM;registry/)
  expect(folded(two)).toContain('stream\\u0020VM;registry;._LOADED 64\n')
  expect(JSON.parse(heapSnapshot(two)).strings).toContain('stream VM')
})

test('speedscope gets before, after and what grew, with every frame told apart by where it stands', () => {
  const { profiles, shared } = JSON.parse(speedscope(LEAK, { title: 'demo' }))
  const total = (weights: number[]) => weights.reduce((sum, weight) => sum + weight, 0)
  expect(
    profiles.map(({ name, unit, endValue }: { name: string; unit: string; endValue: number }) => [
      name,
      unit,
      endValue,
    ]),
  ).toEqual([
    ['before', 'bytes', 276350],
    ['after', 'bytes', 1319452],
    ['grown', 'bytes', 1043202],
  ])
  for (const { samples, weights, endValue } of profiles) {
    expect(samples).toHaveLength(weights.length)
    expect(total(weights)).toBe(endValue)
    for (const stack of samples) for (const frame of stack) expect(shared.frames[frame]).toBeDefined()
  }
  expect(profiles[1].samples.at(-1).map((frame: number) => shared.frames[frame].name)).toEqual([
    'registry',
    '._LOADED',
    '.demo',
    '.go',
    '.^foo',
    '[*]',
  ])
})

/** A reader of V8's format: retained bytes and path of the nodes, by their parents. The snapshot of a tree is a tree. */
function readSnapshot(text: string) {
  const { snapshot, nodes, edges, strings } = JSON.parse(text)
  const width = snapshot.meta.node_fields.length
  const field = (name: string) => snapshot.meta.node_fields.indexOf(name)
  const count = nodes.length / width
  const retained = Array.from({ length: count }, (_, index) => nodes[index * width + field('self_size')] as number)
  const paths: string[] = new Array(count).fill('')
  const parents: number[] = new Array(count).fill(-1)
  let edge = 0
  for (let index = 0; index < count; index++) {
    for (let left = nodes[index * width + field('edge_count')]; left > 0; left--, edge += 3) {
      const to = edges[edge + 2] / width
      expect(Number.isInteger(to)).toBe(true)
      expect(parents[to]).toBe(-1)
      parents[to] = index
      paths[to] = index < 2 ? strings[edges[edge + 1]] : paths[index] + strings[edges[edge + 1]]
    }
  }
  for (let index = count - 1; index > 0; index--) retained[parents[index]!]! += retained[index]!
  expect([snapshot.node_count, snapshot.edge_count]).toEqual([count, edges.length / 3])
  return { retainedOf: (path: string) => retained[paths.indexOf(path)], total: retained[0] }
}

test('a V8 heap snapshot finds the leaking path, with what its container retains', () => {
  const { retainedOf, total } = readSnapshot(heapSnapshot(LEAK))
  expect(retainedOf('registry._LOADED.demo.go.^foo')).toBe(262256 + 1056720)
  expect(retainedOf('registry._LOADED.demo.go.^foo[*]')).toBe(1056720)
  expect(total).toBe(1319452)
  expect(readSnapshot(heapSnapshot(LEAK, 'before')).total).toBe(276350)
})

test('a report without paths says why it has no picture', () => {
  for (const form of [folded, speedscope, heapSnapshot]) {
    expect(() => form(aReport())).toThrow('the report has no paths: it was made by a run that broke off')
  }
})
