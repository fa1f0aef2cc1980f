import { expect, test } from 'vitest'
import { alignSeries } from '../../../../plugin/heap/align.js'
import { pathTrees } from '../../../../plugin/heap/tree/path-tree.js'
import { snapshot } from '../build.js'

const SPAN = { from: 0, to: 1 }

test('the heaps of two moments are one tree, the heaviest path first', () => {
  const series = alignSeries([
    [
      snapshot({
        'registry._LOADED.a.^f': { table: 1 },
        'registry._LOADED.a.^f[*]': { string: 1 },
        main: { thread: 1 },
      }),
    ],
    [
      snapshot({
        'registry._LOADED.a.^f': { table: 1, src: 'a.lua:1' },
        'registry._LOADED.a.^f[*]': { string: 100, table: 1 },
      }),
    ],
  ])
  expect(pathTrees(series, SPAN, [])).toEqual([
    {
      vm: 'http',
      nodes: [
        { p: -1, s: 'registry', b: [0, 0], o: [0, 0] },
        { p: 0, s: '._LOADED', b: [0, 0], o: [0, 0] },
        { p: 1, s: '.a', b: [0, 0], o: [0, 0] },
        { p: 2, s: '.^f', b: [64, 64], o: [1, 1], t: 'table', src: 'a.lua:1' },
        { p: 3, s: '[*]', b: [40, 4064], o: [1, 101], t: 'string table' },
        { p: -1, s: 'main', b: [1000, 0], o: [1, 0], t: 'thread' },
      ],
    },
  ])
})

test('a file is told by as much of its path as no other file has', () => {
  const moment = [
    snapshot({
      'globals.a': { function: 1, src: '/srv/alpha/handler.lua:1' },
      'globals.b': { function: 1, src: '/srv/beta/handler.lua:3' },
      'globals.c': { function: 1, src: '/srv/c.lua:5' },
    }),
  ]
  const [tree] = pathTrees(alignSeries([moment, moment]), SPAN, [])
  expect(tree!.nodes.flatMap(({ src = [] }) => src).sort()).toEqual([
    'alpha/handler.lua:1',
    'beta/handler.lua:3',
    'c.lua:5',
  ])
})

test('workers are summed', () => {
  const heap = (strings: number, pid: number) => snapshot({ 'registry.a': { string: strings } }, { pid })
  const series = alignSeries([
    [heap(1, 7), heap(2, 8)],
    [heap(10, 7), heap(20, 8)],
  ])
  expect(pathTrees(series, SPAN, [])[0]?.nodes[1]).toMatchObject({ s: '.a', b: [120, 1200], o: [3, 30] })
})

test('small paths are folded below their parent, with all they hold; the path of a growth never is', () => {
  const contents = (extra: number) => ({
    'registry.big': { string: 100 },
    'registry.small.one': { string: 1 },
    'registry.small.two': { string: 2 },
    'registry.grew.here[*]': { string: extra },
  })
  const series = alignSeries([[snapshot(contents(1))], [snapshot(contents(2))]])
  const growths = [{ vm: 'http', path: 'registry.grew.here[*]' }]
  expect(pathTrees(series, SPAN, growths, 5)[0]?.nodes).toEqual([
    { p: -1, s: 'registry', b: [0, 0], o: [0, 0] },
    { p: 0, s: '', b: [120, 120], o: [3, 3], more: 2 },
    { p: 0, s: '.big', b: [4000, 4000], o: [100, 100], t: 'string' },
    { p: 0, s: '.grew', b: [0, 0], o: [0, 0] },
    { p: 3, s: '.here', b: [0, 0], o: [0, 0] },
    { p: 4, s: '[*]', b: [40, 80], o: [1, 2], t: 'string' },
  ])
})

test('folding loses no byte', () => {
  const contents = Object.fromEntries(
    Array.from({ length: 300 }, (_, i) => [`registry.t${i % 17}.k${i}`, { string: i }]),
  )
  const series = alignSeries([[snapshot(contents)], [snapshot(contents)]])
  const sum = (most?: number) => pathTrees(series, SPAN, [], most)[0]!.nodes.reduce((total, { b }) => total + b[1], 0)
  expect(sum(20)).toBe(sum())
  expect(sum()).toBe((300 * 299 * 40) / 2)
})
