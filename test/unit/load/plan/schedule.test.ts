import { describe, expect, test } from 'vitest'
import { Schedule, split } from '../../../../plugin/load/plan/schedule.js'

function takeAll(schedule: Schedule): number[] {
  const taken: number[] = []
  while (!schedule.exhausted) taken.push(schedule.take())
  return taken
}

describe('a schedule', () => {
  test('spreads the kinds by weight from the start', () => {
    expect(takeAll(new Schedule([3, 1], 8))).toEqual([0, 0, 1, 0, 0, 0, 1, 0])
  })

  test('gives every kind its share to within one of it', () => {
    const taken = takeAll(new Schedule([0.5, 3, 1.5], 1003))
    const counts = [0, 1, 2].map((kind) => taken.filter((index) => index === kind).length)
    expect(counts.reduce((sum, count) => sum + count)).toBe(1003)
    counts.forEach((count, kind) => {
      expect(Math.abs(count - (1003 * [0.5, 3, 1.5][kind]!) / 5)).toBeLessThanOrEqual(1)
    })
  })

  test('hands out again what was given back, of the same kind', () => {
    const schedule = new Schedule([1, 1], 4)
    expect(takeAll(schedule)).toEqual([0, 1, 0, 1])
    schedule.giveBack(1)
    expect(schedule.exhausted).toBe(false)
    expect(takeAll(schedule)).toEqual([1])
  })

  test('never ends without an amount', () => {
    const schedule = new Schedule([1], Number.POSITIVE_INFINITY)
    for (let n = 0; n < 1000; n++) schedule.take()
    expect(schedule.exhausted).toBe(false)
  })
})

describe('split', () => {
  test.each([
    [10, [1, 1, 1], [4, 3, 3]],
    [20157, [3, 1], [15118, 5039]],
    [2, [1, 1, 1], [1, 1, 0]],
    [0, [1, 2], [0, 0]],
  ])('cuts %d by %j into whole parts that add up', (amount, weights, parts) => {
    expect(split(amount, weights)).toEqual(parts)
  })

  test('leaves Infinity to every part', () => {
    expect(split(Number.POSITIVE_INFINITY, [1, 2])).toEqual([Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY])
  })
})
