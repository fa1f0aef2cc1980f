import { expect, test } from 'vitest'
import { hiddenBySawtooth } from '../../../plugin/process/hidden.js'
import type { Snapshot } from '../../../plugin/types/snapshot.js'
import type { Timeline } from '../../../plugin/verdict/timeline.js'
import { held, memory } from './build.js'

const TIMELINE: Timeline = [
  { kind: 'start', units: 0, seconds: 0 },
  { kind: 'idle', units: 0, seconds: 0.5 },
  ...[100, 200, 100, 100].map((units) => ({ kind: 'planned' as const, units, seconds: 1 })),
]
const MALLOC = [1_000_000, 1_000_000, 1_250_000, 1_500_000, 1_100_000, 1_300_000]

/** With musl, unless a test says otherwise. */
function run(
  malloc: readonly number[],
  finalizable: readonly number[] = malloc.map((bytes) => bytes / 1000),
): Snapshot[][] {
  return malloc.map((bytes, moment) => {
    const taken = memory({ malloc: bytes, finalizable: finalizable[moment]! })
    return [{ ...taken, process: { ...taken.process, malloc: null, mallocWhy: 'musl' } }]
  })
}

test('what a saw-tooth of finalizers hides is a figure, with why holders are not known', () => {
  expect(hiddenBySawtooth(run(MALLOC), TIMELINE, 'request')).toBe(
    'below 1,000 B/request nothing could be seen off the Lua heap: malloc went up and down with finalizers, and who holds its blocks is not known (musl)',
  )
})

test('it is told in the unit of the plan', () => {
  expect(hiddenBySawtooth(run(MALLOC), TIMELINE, 'connection')).toContain('below 1,000 B/connection nothing')
})

test.each([
  ['malloc that never falls', run([1_000_000, 1_000_000, 1_100_000, 1_200_000, 1_300_000, 1_400_000])],
  ["an allocator's own ups and downs", run([1_000_000, 1_000_000, 1_030_000, 1_000_000, 1_030_000, 1_000_000])],
  ['malloc that falls without finalizers', run(MALLOC, [5, 5, 5, 5, 5, 5])],
  ['known holders', MALLOC.map((bytes) => [held({ garbage: { finalizable: [1, bytes] } })])],
])('%s hide nothing', (_name, moments) => {
  expect(hiddenBySawtooth(moments, TIMELINE, 'request')).toBeUndefined()
})
