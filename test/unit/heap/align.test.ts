import { expect, test } from 'vitest'
import { Aligner, alignSeries } from '../../../plugin/heap/align.js'
import type { Snapshot } from '../../../plugin/types/snapshot.js'
import { type HeapContents, snapshot, vm } from './build.js'
import { contents } from './contents.js'
import { plainSeries } from './plain-series.js'

/** Keys that come one by one, each a table with something in it. */
function keysBelow(path: string, from: number, to: number): HeapContents {
  return Object.fromEntries(
    Array.from({ length: to - from }, (_, key) => [
      [`${path}.k${from + key}`, { table: 1 }] as const,
      [`${path}.k${from + key}.x`, { string: 2, pay: 10 }] as const,
    ]).flat(),
  )
}

/** A run in which everything changes its form: names become passing keys, tables collections, repetitions a chain; a VM goes. */
const RUN: readonly (readonly Snapshot[])[] = Array.from({ length: 7 }, (_, round) =>
  [1, 2].map((pid): Snapshot => {
    const taken = snapshot(
      {
        ...keysBelow('globals', round, round * 5 + pid),
        ...keysBelow('registry._LOADED', 0, 10 + round * round),
        ...keysBelow('globals.cache', 4 * round, 4 * round + 30),
        'registry.f': {
          function: 1,
          src: `/srv/${round % 2 ? 'b' : 'a'}.lua:${round + 1}`,
          def: { '/srv/a.lua:1': 1 },
        },
        'registry.f.^p': { function: 1, ct: [['struct x', null, round]], cdata: 1 },
        ...(round > 3 ? { 'registry.f(.^p)+': { function: 90, mal: [1, 64] } } : { 'registry.f.^p.^p': { thread: 1 } }),
        'registry.list': { table: 1, e: { '[*]': round }, cls: `/srv/a.lua:${round}`, lru: [1, round, 9] },
      },
      { pid },
    )
    return round < 5 ? { ...taken, vms: [...taken.vms, vm({ 'globals.only': { table: round } }, 'vm2')] } : taken
  }),
)

test('a series that grew moment by moment is the one aligned from scratch, at each moment', () => {
  const aligner = new Aligner()
  for (const taken of RUN.keys()) {
    const moments = RUN.slice(0, taken + 1)
    expect(contents(aligner.align(moments, taken))).toEqual(contents(alignSeries(moments, taken)))
  }
})

test('what was aligned before stays as it was when moments come', () => {
  const aligner = new Aligner()
  const early = aligner.align(RUN.slice(0, 3))
  aligner.align(RUN)
  expect(contents(early)).toEqual(contents(alignSeries(RUN.slice(0, 3))))
})

test('a tree in which nothing is collapsed stays as it was, too, when moments come', () => {
  const heap = (round: number, pid: number) =>
    snapshot(
      {
        'globals.a': { table: 1, e: { '[*]': round } },
        'globals.a[*]': { string: round, pay: 10 },
        ...(round % 2 === 0 && { 'globals.b': { function: 1, src: '/srv/b.lua:1' } }),
        ...(round > 2 && { 'globals.c': { table: 1 } }),
      },
      { pid },
    )
  const run = Array.from({ length: 6 }, (_, round) => [heap(round + 1, 1), heap(2 * round + 1, 2)])
  const aligner = new Aligner()
  const series = run.map((_, taken) => aligner.align(run.slice(0, taken + 1)))
  for (const [taken, early] of series.entries()) {
    expect(contents(early)).toEqual(contents(plainSeries(run.slice(0, taken + 1))))
  }
})

/** The run, which counts how often a part of it is read. */
function countedRun() {
  const seen = { reads: 0 }
  const run = RUN.map((moment) =>
    moment.map(
      (taken): Snapshot => ({
        ...taken,
        vms: taken.vms.map((each) => ({
          ...each,
          get sources() {
            seen.reads++
            return each.sources
          },
        })),
      }),
    ),
  )
  return { run, seen }
}

test('each moment is read once, however often a run is aligned', () => {
  const { run, seen } = countedRun()
  const aligner = new Aligner()
  for (const taken of [3, 5, 5, 5]) aligner.align(run.slice(0, taken))
  expect(seen.reads).toBe(5 * 2 * 2)
})

test('moments may be read long before they are aligned', () => {
  const { run, seen } = countedRun()
  const aligner = new Aligner()
  for (const taken of run.keys()) aligner.read(run.slice(0, taken + 1))
  const read = seen.reads
  expect(contents(aligner.align(run))).toEqual(contents(alignSeries(RUN)))
  expect([read > 0, seen.reads]).toEqual([true, read])
})

test('moments that are others than those of before are aligned anew', () => {
  const aligner = new Aligner()
  aligner.align(RUN)
  const others = RUN.toSpliced(2, 1)
  expect(contents(aligner.align(others))).toEqual(contents(alignSeries(others)))
  expect(contents(aligner.align(RUN.slice(0, 4)))).toEqual(contents(alignSeries(RUN.slice(0, 4))))
})
