import { describe, expect, test } from 'vitest'
import { alignSeries } from '../../../plugin/heap/align.js'
import { pathOf, subtree } from '../../../plugin/heap/node.js'
import { shortSource } from '../../../plugin/heap/source/short-source.js'
import { SnapshotReader } from '../../../plugin/heapwalk/snapshot.js'
import { walkerText } from '../heapwalk/walker-text.js'
import { type HeapContents, snapshot, vm } from './build.js'

/** Paths that hold objects, with all their objects in each column. */
function objects(...moments: readonly (readonly HeapContents[])[]): Record<string, number[]> {
  const { vms, workers } = alignSeries(moments.map((heaps) => heaps.map((heap, pid) => snapshot(heap, { pid }))))
  const columns = moments.length * workers.length
  const found: Record<string, number[]> = {}
  for (const node of subtree(vms[0]!.top)) {
    const counts = Array.from({ length: columns }, (_, column) =>
      [...(node.columns[column]?.objects.values() ?? [])].reduce((sum, [count]) => sum + count, 0),
    )
    if (counts.some((count) => count > 0)) found[pathOf(node).join('')] = counts
  }
  return found
}

const tableWithKeys = (path: string, from: number, to: number): HeapContents =>
  Object.fromEntries([
    [path, { table: 1 }],
    ...Array.from({ length: to - from }, (_, key) => [`${path}.k${from + key}`, { table: 1 }] as const),
  ])

describe('string keys of a table', () => {
  test('stay apart while at most 16 came or went', () => {
    const paths = objects([tableWithKeys('globals.a', 0, 300)], [tableWithKeys('globals.a', 8, 308)])
    expect(Object.keys(paths)).toHaveLength(309)
    expect(paths['globals.a.k0']).toEqual([1, 0])
  })

  test('collapse in all snapshots when more than 16 came or went between any of them', () => {
    const [early, late] = [tableWithKeys('globals.a', 0, 20), tableWithKeys('globals.a', 9, 29)]
    expect(objects([early], [early], [late])).toEqual({ 'globals.a': [1, 1, 1], 'globals.a{*}': [20, 20, 20] })
  })

  test('collapse in all snapshots when the walker collapsed them in one', () => {
    const collapsed: HeapContents = {
      'globals.a': { table: 1 },
      'globals.a{*}': { table: 300 },
      'globals.a{*}.x': { string: 300 },
    }
    const plain: HeapContents = { ...tableWithKeys('globals.a', 0, 3), 'globals.a.k1.x': { string: 1 } }
    expect(objects([plain], [collapsed])).toEqual({
      'globals.a': [1, 1],
      'globals.a{*}': [3, 300],
      'globals.a{*}.x': [1, 300],
    })
  })

  const perClient = (clients: number, items: number, kind: 'table' | 'function' = 'table'): HeapContents =>
    Object.fromEntries([
      ['globals.a', { table: 1 }],
      ...Array.from({ length: clients }, (_, client) => [
        [`globals.a.k${client}`, { [kind]: 1 }] as const,
        [`globals.a.k${client}.x`, { string: items }] as const,
      ]).flat(),
    ])

  test('collapse when they are of more than 16 tables that hold more in the end', () => {
    expect(objects([perClient(17, 1)], [perClient(17, 2)])).toEqual({
      'globals.a': [1, 1],
      'globals.a{*}': [17, 17],
      'globals.a{*}.x': [17, 34],
    })
  })

  test('collapse just so when nothing but what is in those tables changed', () => {
    const reader = new SnapshotReader()
    const moments = [1, 2].map((items) => [reader.read(walkerText(snapshot(perClient(17, items))))])
    const table = alignSeries(moments).vms[0]!.top.children.get('globals')!.children.get('.a')!
    expect([...table.children.keys()]).toEqual(['{*}'])
  })

  test('stay apart when fewer of them do, or when they are of functions', () => {
    expect(objects([perClient(16, 1)], [perClient(16, 2)])).toHaveProperty(['globals.a.k0.x'], [1, 2])
    expect(objects([perClient(40, 1, 'function')], [perClient(40, 2, 'function')])).toHaveProperty(
      ['globals.a.k0.x'],
      [1, 2],
    )
  })

  test('do not count as new where the table itself was not there', () => {
    const paths = objects([{ 'globals.b': { table: 1 } }], [tableWithKeys('globals.a', 0, 30)])
    expect(paths['globals.a.k29']).toEqual([0, 1])
  })

  const NAMED = ['registry', 'registry._LOADED', 'globals']

  test('of the registry, of _LOADED and of the globals are names as long as at most 16 came during the run', () => {
    for (const path of NAMED) {
      const paths = objects([tableWithKeys(path, 0, 300)], [tableWithKeys(path, 0, 316)])
      expect(Object.keys(paths)).toHaveLength(317)
    }
  })

  test('of these that came during the run are told together from 17 on, and the others stay apart', () => {
    for (const path of NAMED) {
      const [early, late] = [tableWithKeys(path, 0, 3), tableWithKeys(path, 0, 23)]
      expect(objects([early], [early], [late])).toEqual({
        [path]: [1, 1, 1],
        [`${path}.k0`]: [1, 1, 1],
        [`${path}.k1`]: [1, 1, 1],
        [`${path}.k2`]: [1, 1, 1],
        [`${path}{*}`]: [0, 0, 20],
      })
    }
  })

  test('of these that came a few at a time are told together with those that made them many', () => {
    for (const path of NAMED) {
      const [early, some, late] = [tableWithKeys(path, 0, 1), tableWithKeys(path, 0, 10), tableWithKeys(path, 0, 21)]
      expect(objects([early], [some], [late])).toEqual({
        [path]: [1, 1, 1],
        [`${path}.k0`]: [1, 1, 1],
        [`${path}{*}`]: [0, 9, 20],
      })
    }
  })

  test('of these that differ between workers, but came in none of them, are names', () => {
    const [one, other] = [tableWithKeys('globals', 0, 20), tableWithKeys('globals', 20, 40)]
    expect(Object.keys(objects([one, other], [one, other]))).toHaveLength(41)
  })

  test('of a table that is only called _LOADED do collapse', () => {
    const paths = objects([tableWithKeys('globals._LOADED', 0, 20)], [tableWithKeys('globals._LOADED', 20, 40)])
    expect(paths).toEqual({ 'globals._LOADED': [1, 1], 'globals._LOADED{*}': [20, 20] })
  })

  test('collapse again below what was collapsed', () => {
    const at = (from: number): HeapContents => ({
      ...tableWithKeys('globals.a', from, from + 20),
      ...tableWithKeys(`globals.a.k${from}`, from, from + 20),
    })
    expect(objects([at(0)], [at(20)])).toEqual({
      'globals.a': [1, 1],
      'globals.a{*}': [20, 20],
      'globals.a{*}{*}': [20, 20],
    })
  })
})

describe('a chain', () => {
  test('takes in the plain repetitions of other snapshots', () => {
    const short = { 'globals.f': { function: 1 }, 'globals.f.^p': { function: 1 }, 'globals.f.^p.^p': { function: 1 } }
    const long = {
      'globals.f': { function: 1 },
      'globals.f(.^p)+': { function: 100 },
      'globals.f(.^p)+.x': { table: 1 },
    }
    expect(objects([short], [long])).toEqual({
      'globals.f': [1, 1],
      'globals.f(.^p)+': [2, 100],
      'globals.f(.^p)+.x': [0, 1],
    })
  })

  test('of two steps keeps what is inside the unit below it', () => {
    const short = {
      'globals.l.next': { table: 1 },
      'globals.l.next.item': { table: 1 },
      'globals.l.next.item.next': { table: 1 },
      'globals.l.next.item.next.item': { table: 1 },
      'globals.l.next.item.next.item.x': { string: 1 },
    }
    const long = { 'globals.l(.next.item)+': { table: 50 }, 'globals.l(.next.item)+.next': { table: 51 } }
    expect(objects([short], [long])).toEqual({
      'globals.l(.next.item)+': [2, 50],
      'globals.l(.next.item)+.next': [2, 51],
      'globals.l(.next.item)+.x': [1, 0],
    })
  })
})

test('traces and what only they, the collector or the running stack reach are left out', () => {
  const paths = objects([
    {
      'gcroot.traces': { trace: 5 },
      'gcroot.traces[*]': { string: 5 },
      'gcroot.cur_L': { thread: 1 },
      'gcroot.finalizers': { cdata: 9 },
      'main.<stack>': { table: 4 },
      'main.<env>': { table: 1 },
      'globals.f': { function: 1, trace: 2 },
      'globals.f.<trace>': { string: 3 },
      'globals.co.<stack>': { table: 1 },
    },
  ])
  expect(paths).toEqual({ 'main.<env>': [1], 'globals.f': [1], 'globals.co.<stack>': [1] })
})

test('entries belong to the path that they lead to', () => {
  const { vms } = alignSeries([[snapshot({ 'globals.a': { table: 1, e: { '[*]': 3, '{*}': 2 } } })]])
  const a = vms[0]!.top.children.get('globals')!.children.get('.a')!
  expect([...a.children].map(([step, node]) => [step, node.columns[0]!.entries])).toEqual([
    ['[*]', 3],
    ['{*}', 2],
  ])
})

test('a VM that is not there in all snapshots is named, not judged', () => {
  const both = snapshot({ globals: { table: 1 } })
  const more = { ...both, vms: [...both.vms, vm({ globals: { table: 1 } }, 'vm2')] }
  const series = alignSeries([[both], [more]])
  expect(series.vms.map(({ label }) => label)).toEqual(['http'])
  expect(series.lost).toEqual(['vm2'])
})

describe('the source of a function', () => {
  test.each([
    ['/srv/app/lua/demo.lua:5', 'demo.lua:5'],
    ['demo.lua:5', 'demo.lua:5'],
    ['/srv/lua/auth/init.lua:3', 'auth/init.lua:3'],
    ['content_by_lua(/srv/conf/nginx.conf:13):2', 'content_by_lua(nginx.conf:13):2'],
    ['content_by_lua(nginx.conf:13):2', 'content_by_lua(nginx.conf:13):2'],
  ])('%s is told as %s', (source, told) => {
    expect(shortSource(source)).toBe(told)
  })
})
