import { expect, test } from 'vitest'
import { movedLines } from '../../../plugin/report/words/moved.js'
import { aGrowth, aReport } from './build.js'

const string = (bytes: number) => ({ string: { objects: 1, bytes, objectsPerRequest: 0, bytesPerRequest: 0 } })
const inFile = (file: string, path: string, bytes: number, more = {}) =>
  aGrowth({ class: 'plateau', file, path, rounds: [2, 1], types: string(bytes), ...more })

test("what one file's code moved is one line: that of the path that gained most, and how many others there are", () => {
  const moved = [
    inFile('lua/router.lua', 'registry._LOADED.router.^small{*}', 10),
    inFile('lua/router.lua', 'registry._LOADED.router.^large{*}', 900, { why: '500 of 500 items' }),
    inFile('lua/auth.lua', 'registry._LOADED.auth.^seen{*}', 50),
    aGrowth({
      class: 'plateau',
      file: null,
      source: null,
      moduleFile: 'lua/router.lua',
      path: 'registry._LOADED.router.n[*]',
    }),
  ]
  expect(movedLines(aReport({ moved }))).toEqual({
    lines: [
      {
        class: 'plateau',
        path: 'registry._LOADED.router.n[*]',
        gained: 51_651,
        bytes: 848_610,
        why: '2 other paths of the same file moved, too',
      },
      { class: 'plateau', path: 'registry._LOADED.auth.^seen{*}', gained: 3, bytes: 50, why: '' },
    ],
    rest: 0,
  })
})

test('five lines at most: what is undecided first, then what gained most; the rest is counted', () => {
  const moved = Array.from({ length: 9 }, (_, n) =>
    inFile(`lua/m${n}.lua`, `registry._LOADED.m${n}[*]`, 100 + n, { class: n === 0 ? 'slowing' : 'plateau' }),
  )
  const shm = {
    category: 'shm',
    zone: 'limits',
    class: 'bounded',
    bytes: 5000,
    bytesPerRequest: 1,
    entries: 7,
  } as const
  const { process } = aReport()
  const { lines, rest } = movedLines(aReport({ moved, process: { ...process, moved: [shm] } }))
  expect(lines.map(({ path }) => path)).toEqual([
    'registry._LOADED.m0[*]',
    'process.shm.limits',
    ...[8, 7, 6].map((n) => `registry._LOADED.m${n}[*]`),
  ])
  expect(rest).toBe(5)
})

test('paths whose code is not known stand each for itself, and so does a file in another process', () => {
  const unknown = ['globals.a[*]', 'globals.b[*]'].map((path) => inFile('', path, 1, { file: null, source: null }))
  const agent = inFile('lua/m.lua', 'globals.d[*]', 1, { process: 'nginx: privileged agent process' })
  const moved = [...unknown, inFile('lua/m.lua', 'globals.c[*]', 1), agent]
  expect(movedLines(aReport({ moved })).lines.map(({ path }) => path)).toEqual(moved.map(({ path }) => path))
})

test('a long key is cut in its middle', () => {
  const key = `["/users/0123456789/orders/${'x'.repeat(80)}?token=abcdef"]`
  const [line] = movedLines(aReport({ moved: [inFile('a.lua', `globals.seen${key}[*]`, 1)] })).lines
  expect(line!.path).toBe('globals.seen["/users/0123456789/orders/x…en=abcdef"][*]')
})
