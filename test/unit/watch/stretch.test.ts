import { describe, expect, test } from 'vitest'
import { addLook, judgedStretch, roundsOf, type Stretch } from '../../../plugin/watch/stretch.js'

/** Looks, one after the other; a number in `restarts` came after a restart. */
function looks(count: number, restarts: readonly number[] = []): readonly Stretch[] {
  let stretches: readonly Stretch[] = []
  for (let round = 0; round < count; round++) {
    stretches = addLook(stretches, { round, snapshots: [] }, restarts.includes(round))
  }
  return stretches
}

const numbers = (stretch: Stretch) => stretch.map(({ round }) => round)

describe('what is judged', () => {
  test('is all of it where nobody was restarted', () => {
    expect(numbers(judgedStretch(looks(9)))).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8])
  })

  test('is the longest stretch without a restart, and the later one of two', () => {
    expect(numbers(judgedStretch(looks(9, [6])))).toEqual([0, 1, 2, 3, 4, 5])
    expect(numbers(judgedStretch(looks(9, [2])))).toEqual([2, 3, 4, 5, 6, 7, 8])
    expect(numbers(judgedStretch(looks(8, [4])))).toEqual([4, 5, 6, 7])
    expect(numbers(judgedStretch(looks(9, [4, 6, 8])))).toEqual([0, 1, 2, 3])
  })

  test('is nothing before the first look', () => {
    expect(judgedStretch([])).toEqual([])
    expect(roundsOf([])).toBe(0)
  })
})

test('a long watch keeps few looks over all of its time', () => {
  const stretch = judgedStretch(looks(2000))
  expect(stretch.length).toBeLessThanOrEqual(33)
  expect(stretch.length).toBeGreaterThan(16)
  expect([stretch[0]!.round, stretch.at(-1)!.round, roundsOf(stretch)]).toEqual([0, 1999, 1999])
})
