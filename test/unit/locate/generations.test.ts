import { expect, test } from 'vitest'
import { type Generation, reloadSighting } from '../../../plugin/locate/generations.js'
import type { CreditRecord, WatchState } from '../../../plugin/locate/records.js'
import type { Watched } from '../../../plugin/locate/watcher.js'

const LIST: Watched = { id: 0, vm: 'http', role: 'worker', kind: 'entries', perRequest: 1 }
const ZONE: Watched = { ...LIST, kind: 'zone' }
const MALLOC: Watched = { ...LIST, kind: 'malloc' }

/** What a process has reported of lines: what its master has made of each, and itself. */
function state(lines: Record<string, readonly [master: number, own: number]>): WatchState {
  const credits = Object.entries(lines).map(([place, [master, own]]): [string, CreditRecord] => [
    `0 ${place}`,
    {
      target: 0,
      place,
      name: '',
      stack: [],
      amounts: [
        [0, master, 1],
        [3, own, 1],
      ],
    },
  ])
  const gained = Object.values(lines).reduce((sum, [master, own]) => sum + master + own, 0)
  const totals = new Map([[0, { gained, lost: 0, unplaced: 0 }]])
  return {
    pid: 1,
    seq: 3,
    events: 1,
    isHooked: true,
    isCompiled: false,
    credits: new Map(credits),
    totals,
    faults: new Map(),
  }
}

function amounts(target: Watched, generations: readonly Generation[]) {
  const { credits } = reloadSighting(target, generations, 1)
  return Object.fromEntries(credits.map(({ place, amount, requests }) => [place, [amount, requests]]))
}

test('of the heap a reload adds what a generation has more of than the one before', () => {
  const generations = [0, 1, 2, 3].map((more) => [
    state({ 'a.lua:1': [500, 0], 'a.lua:2': [1 + more, 0], 'b.lua:1': [0, more] }),
  ])
  expect(amounts(LIST, generations)).toEqual({ 'a.lua:1': [0, 0], 'a.lua:2': [3, 3], 'b.lua:1': [3, 3] })
})

test('what comes in some reloads only is told by how many these are', () => {
  const generations = [1, 1, 2, 2].map((entries) => [state({ 'a.lua:1': [entries, 0] })])
  expect(amounts(LIST, generations)).toEqual({ 'a.lua:1': [1, 1] })
})

test('of a dictionary it adds all that a generation has put into it, the master once for all of its workers', () => {
  const worker = state({ 'init.lua:1': [2, 0], 'worker.lua:1': [0, 1] })
  const generations = [0, 1, 2].map(() => [worker, worker])
  expect(amounts(ZONE, generations)).toEqual({ 'init.lua:1': [4, 2], 'worker.lua:1': [4, 2] })
})

test("of malloc it adds what the master takes, and of a worker's own only what is more each time", () => {
  const generations = [0, 1, 2].map((more) => [state({ 'init.lua:1': [4096, 0], 'worker.lua:1': [0, 100 + more] })])
  expect(reloadSighting(MALLOC, generations, 1).total.gained).toBeGreaterThanOrEqual(8192)
  expect(amounts(MALLOC, generations)).toEqual({ 'init.lua:1': [8192, 2], 'worker.lua:1': [2, 2] })
})

test('what is as large in each generation has gained nothing', () => {
  const generations = [0, 1, 2].map(() => [state({ 'a.lua:1': [500, 0] })])
  const { total, requests, units } = reloadSighting(LIST, generations, 1)
  expect([total, requests, units]).toEqual([{ gained: 0, lost: 0, unplaced: 0 }, 2, 2])
})
