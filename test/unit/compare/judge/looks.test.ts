import { expect, test } from 'vitest'
import { areTold, levelOfLook, looksOf } from '../../../../plugin/compare/judge/looks.js'
import type { TimeDifference } from '../../../../plugin/types/compare/comparison.js'

function time(overrides: Partial<TimeDifference>): TimeDifference {
  return {
    task: 'load x10',
    metric: 'cpu',
    unit: 'us',
    better: 'less',
    base: 100,
    head: 100,
    ratio: 1,
    interval: [0.99, 1.01],
    p: 0.5,
    rounds: 16,
    minimum: 0.05,
    call: 'same',
    ...overrides,
  }
}

test.each([
  [24, [16, 24]],
  [30, [20, 30]],
  [23, [23]],
  [9, [9]],
  [0, [0]],
])('of %i rounds the times are looked at after %j', (rounds, looks) => {
  expect(looksOf(rounds)).toEqual(looks)
})

test('the looks share the level, so that all of them together keep it', () => {
  expect(levelOfLook(0.01, 24)).toBe(0.005)
  expect(levelOfLook(0.01, 9)).toBe(0.01)
})

test('the rounds end early once each time is called, or the same, or hopeless', () => {
  const told = [time({ call: 'same' }), time({ call: 'slower' }), time({ call: 'unsure', moreRounds: 97 })]
  expect(areTold(told, 24)).toBe(true)
  expect(areTold([...told, time({ call: 'unsure', moreRounds: 96 })], 24)).toBe(false)
})
