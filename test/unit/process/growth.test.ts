import { expect, test } from 'vitest'
import { runTimeline } from '../verdict/run-timeline.js'
import { memory, type ProcessContents, processGrowths, processNeedsConfirming } from './build.js'

const PLANNED = [3929, 1973, 6263, 3389, 4603]
const CONFIRM = [9337, 22157]
const TIMELINE = runTimeline({ planned: PLANNED, confirm: CONFIRM })

/** A run in which memory is a function of the requests served: S0, S0', after each round, after the drain. */
function run(contents: (served: number, round: number) => ProcessContents) {
  let served = 5003
  const moments = [contents(served, 0), contents(served, 0)]
  for (const [round, amount] of [...PLANNED, ...CONFIRM].entries()) {
    served += amount
    moments.push(contents(served, round + 1))
  }
  return [...moments, contents(served, 7)].map((each) => [memory(each)])
}

test('malloc that grows with each request is a leak with its rate', () => {
  const { growths, moved } = processGrowths(
    run((served) => ({ malloc: 600_000 + 2016 * served })),
    TIMELINE,
  )
  expect(growths).toEqual([
    {
      class: 'leak',
      category: 'malloc',
      bytes: 20157 * 2016,
      bytesPerRequest: 2016,
      rounds: [...PLANNED, ...CONFIRM].map((amount) => amount * 2016),
      coveredBy: null,
      why: 'in 7 of 7 rounds',
    },
  ])
  expect(moved).toEqual([])
})

test('a shared zone that fills is named; one that stands still is not', () => {
  const { growths } = processGrowths(
    run((served) => ({ zones: { cache: served * 128, settings: 192 } })),
    TIMELINE,
  )
  expect(growths).toMatchObject([{ class: 'leak', category: 'shm', zone: 'cache', bytesPerRequest: 128 }])
})

test('a zone is counted once, however many workers share it', () => {
  const moments = run((served) => ({ zones: { cache: served * 128 } })).map(([one]) => [one!, { ...one!, pid: 8 }])
  expect(processGrowths(moments, TIMELINE).growths[0]).toMatchObject({ bytes: 20157 * 128, bytesPerRequest: 128 })
})

test('FFI types that are made per request are a finding of their own', () => {
  const { growths } = processGrowths(
    run((served) => ({ ctypes: 200 + Math.floor(served / 2) })),
    TIMELINE,
  )
  expect(growths).toMatchObject([{ class: 'leak', category: 'ctype' }])
  expect(growths[0]!.bytesPerRequest).toBeCloseTo(12, 1)
})

test('less than 64 KiB over the planned rounds is the allocator', () => {
  const moments = run((served) => ({ malloc: 3 * served }))
  expect(processNeedsConfirming(moments, TIMELINE)).toBe(false)
  expect(processGrowths(moments, TIMELINE)).toEqual({ growths: [], moved: [] })
})

test.each([
  ['buffers that come and go', (_: number, round: number) => 600_000 + [0, 70, 20, 90, 10, 80, 30, 40][round]! * 1024],
  ['a pool that fills and stays', (_: number, round: number) => 600_000 + Math.min(round, 4) * 40_000],
  [
    'a pool that fills, with noise',
    (_: number, round: number) => 600_000 + Math.min(round, 4) * 40_000 + (round % 3) * 900,
  ],
])('%s are no leak', (_name, malloc) => {
  const { growths } = processGrowths(
    run((served, round) => ({ malloc: malloc(served, round) })),
    TIMELINE,
  )
  expect(growths).toEqual([])
})

test('memory behind finalizers that only piled up is undecided, never a leak', () => {
  const { growths, moved } = processGrowths(
    run((served) => ({ malloc: 2016 * served, finalizable: served })),
    TIMELINE,
  )
  expect(growths).toEqual([])
  expect(moved).toMatchObject([
    { class: 'slowing', why: '51651 unreachable objects with finalizers wait for a collection and may hold it' },
  ])
})

test('memory that stays when finalizers have run was not held by them', () => {
  const moments = run((served, round) => ({ malloc: 2016 * served, finalizable: round === 5 ? 10 : round * 100 }))
  expect(processGrowths(moments, TIMELINE).growths).toMatchObject([{ class: 'leak', category: 'malloc' }])
})

test('snapshots without a breakdown are judged by what they have', () => {
  const moments = run(() => ({})).map(([one]) => [{ ...one!, process: { rss: 1 } }])
  expect(processGrowths(moments, TIMELINE)).toEqual({ growths: [], moved: [] })
})
