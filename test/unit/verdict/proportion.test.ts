import { expect, test } from 'vitest'
import { isExplained } from '../../../plugin/verdict/proportion.js'
import { runTimeline } from './run-timeline.js'

const timeline = runTimeline({ planned: [100, 100, 100], confirm: [200, 400] })
/** Values of a series from its gains: idle, rounds, drain. */
function series(start: number, gains: readonly number[]): number[] {
  let sum = start
  return [start, start, ...gains.map((gain) => (sum += gain)), sum]
}

test('what grows in proportion to its holders, in the same rounds, is explained by them', () => {
  expect(isExplained(series(30, [300, 300, 300, 0, 0]), series(10, [100, 100, 100, 0, 0]), timeline)).toBe(true)
})

test('what grows on while its holders stand still is not', () => {
  expect(isExplained(series(30, [300, 300, 300, 300, 300]), series(10, [100, 100, 100, 0, 0]), timeline)).toBe(false)
})

test('nothing is explained by what did not grow', () => {
  expect(isExplained(series(0, [1, 1, 1, 2, 4]), series(50, [0, 0, 0, 0, 0]), timeline)).toBe(false)
})

test('holders of which each holds more and more explain nothing', () => {
  expect(
    isExplained(series(100, [900, 1300, 1700, 4200, 9600]), series(100, [100, 100, 100, 200, 400]), timeline),
  ).toBe(false)
})

test('sizes of what is held may differ a little', () => {
  expect(isExplained(series(0, [301, 299, 303, 2, 1]), series(0, [100, 100, 100, 0, 0]), timeline)).toBe(true)
})
