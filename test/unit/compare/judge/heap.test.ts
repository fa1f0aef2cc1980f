import { describe, expect, test } from 'vitest'
import { heapDifference } from '../../../../plugin/compare/judge/heap-difference.js'
import { heapTable, heapTables } from '../../../../plugin/heap/tree/heap-table.js'
import { type HeapContents, snapshot } from '../../heap/build.js'

const LOADED: HeapContents = {
  'registry._LOADED': { table: 1 },
  'registry._LOADED.demo': { table: 1 },
  'registry._LOADED.demo.go': { function: 1, src: 'demo.lua:5' },
}

const cache = (entries: number): HeapContents => ({
  ...LOADED,
  'registry._LOADED.demo.cache': { table: [1, 64 + 40 * entries], sl: [0, 0, entries, entries, 40 * entries] },
  'registry._LOADED.demo.cache.<keys>': { string: entries },
  'registry._LOADED.demo.cache{*}': { table: entries },
  'registry._LOADED.demo.cache{*}.text': { string: entries },
})

const moments = (...contents: HeapContents[]) => contents.map((each) => [snapshot(each)])

function difference(base: HeapContents, head: HeapContents, growing: string[] = [], minimum = 1) {
  const tables = heapTables(moments(base, base), moments(head, head))
  return heapDifference(tables.base, tables.head, growing, minimum)
}

describe('a heap table', () => {
  test('leaves out slots, stacks and traces, and what only they reach', () => {
    const table = heapTable(
      moments({
        ...cache(300),
        'registry[<ngx_http_lua_coroutines_key>][*]': { thread: [2, 5000] },
        'gcroot.traces[*]': { trace: 4 },
        'main.<stack>': { table: 9 },
      }),
    )
    expect(table.paths.find(({ path }) => path === 'registry._LOADED.demo.cache')).toEqual({
      path: 'registry._LOADED.demo.cache',
      objects: 1,
      bytes: 64,
    })
    expect(table.paths.find(({ path }) => path.startsWith('registry[<'))).toMatchObject({ objects: 2, bytes: 0 })
    expect(table.paths.filter(({ path }) => /trace|stack/.test(path))).toEqual([])
    expect(table.bytes).toBe(64 + 64 + 48 + 64 + 300 * (40 + 64 + 40))
  })

  test('says what moves by itself', () => {
    const [largest] = heapTable(moments(cache(300), cache(303))).paths
    expect(largest).toEqual({ path: 'registry._LOADED.demo.cache{*}', objects: 300, bytes: 19200, moved: [3, 192] })
  })
})

describe('the difference of two heaps', () => {
  test('is nothing for the same heap', () => {
    const same = difference(cache(300), cache(300))
    expect(same).toMatchObject({ paths: [], below: { paths: 0, bytes: 0 } })
    expect(same.bytes.base).toBe(same.bytes.head)
  })

  test('tells a container that doubled with all that is in it', () => {
    expect(difference(cache(300), cache(600)).paths).toEqual([
      {
        path: 'registry._LOADED.demo.cache{*}',
        objects: { base: 900, head: 1800 },
        bytes: { base: 43_200, head: 86_400 },
      },
    ])
  })

  test('tells a module that only head has as one', () => {
    const more = {
      ...LOADED,
      'registry._LOADED.extra': { table: 1 },
      'registry._LOADED.extra.run': { function: 1 },
      'registry._LOADED.extra.run.<proto>': { proto: 1 },
    }
    expect(difference(LOADED, more).paths).toEqual([
      { path: 'registry._LOADED.extra', objects: { base: 0, head: 3 }, bytes: { base: 0, head: 312 } },
    ])
  })

  test('is no larger than what moves by itself', () => {
    const tables = heapTables(moments(cache(300), cache(310)), moments(cache(308), cache(308)))
    expect(heapDifference(tables.base, tables.head, [], 1).paths).toEqual([])
  })

  test('leaves growing paths to what is kept per request', () => {
    expect(difference(cache(300), cache(600), ['registry._LOADED.demo.cache{*}']).paths).toEqual([])
    expect(difference(cache(300), cache(600), ['registry._LOADED.demo.cache.<keys>']).paths).toEqual([])
    const inside = difference(LOADED, cache(300), ['registry._LOADED.demo.cache{*}'])
    expect(inside.paths.map(({ path }) => path)).toEqual(['registry._LOADED.demo.cache'])
  })

  test('below the minimum is only summed up', () => {
    expect(difference(cache(300), cache(302), [], 1000)).toMatchObject({ paths: [], below: { paths: 1, bytes: 288 } })
  })

  describe('of a table that two keys lead to', () => {
    const schemas = (tcp: string, tls: string): HeapContents => ({
      ...LOADED,
      'registry._LOADED.demo.kinds': { table: 1 },
      [`registry._LOADED.demo.kinds.${tcp}`]: { table: 1 },
      [`registry._LOADED.demo.kinds.${tcp}.fields`]: { table: 34 },
      'registry._LOADED.demo.all': { table: 1 },
      [`registry._LOADED.demo.all.${tls}`]: { table: 1 },
      [`registry._LOADED.demo.all.${tls}.set`]: { table: 9 },
    })

    test('is nothing where the other key led to it first: the order of a hash decides', () => {
      expect(difference(schemas('tcp', 'tls'), schemas('tls', 'tcp'))).toMatchObject({
        paths: [],
        below: { paths: 0, bytes: 0 },
        renamed: 2,
      })
    })

    test('is nothing where they stand in two containers of one table', () => {
      const head = Object.fromEntries(
        Object.entries(schemas('tcp', 'tls')).map(([path, own]) => [path.replace('kinds.tcp', 'all.tcp'), own]),
      )
      expect(difference(schemas('tcp', 'tls'), head)).toMatchObject({ paths: [], renamed: 1 })
    })

    test('is told where head has more of it, and once where both keys lead to one each', () => {
      const more = { ...schemas('tls', 'tls'), 'registry._LOADED.demo.kinds.tls.fields': { table: 35 } }
      expect(difference(schemas('tcp', 'tls'), more).paths.map(({ path }) => path)).toEqual([
        'registry._LOADED.demo.kinds.tls',
        'registry._LOADED.demo.kinds.tcp',
      ])
      const two: HeapContents = {
        ...schemas('tls', 'tls'),
        'registry._LOADED.demo.kinds.udp': { table: 1 },
        'registry._LOADED.demo.kinds.udp.fields': { table: 34 },
      }
      expect(difference(schemas('tcp', 'tls'), two)).toMatchObject({
        paths: [{ objects: { base: 0, head: 35 } }],
        renamed: 1,
      })
    })

    test('is told where the paths differ in more than one key', () => {
      const head = Object.fromEntries(
        Object.entries(schemas('tcp', 'tls')).map(([path, own]) => [path.replace('kinds.tcp', 'all.udp'), own]),
      )
      expect(difference(schemas('tcp', 'tls'), head)).toMatchObject({ renamed: 0 })
    })
  })

  test('gives both sides the same paths: keys that came in one are collapsed in both', () => {
    const keys = (count: number): HeapContents => ({
      ...LOADED,
      'registry._LOADED.demo.t': { table: 1 },
      ...Object.fromEntries(
        Array.from({ length: count }, (_, key) => [`registry._LOADED.demo.t.key${key}`, { string: 1 }]),
      ),
    })
    expect(difference(keys(10), keys(60)).paths).toMatchObject([
      { path: 'registry._LOADED.demo.t{*}', objects: { base: 10, head: 60 } },
    ])
  })
})
