import { expect, test } from 'vitest'
import { sensitivityOf } from '../../../plugin/verdict/sensitivity.js'
import { chosenOf, classOfRun, random } from './whole-run.js'

/** Class of a leak that keeps one object with this probability at each request. */
function classOf(probability: number, amount: number, seed: number): string {
  const dice = random(seed)
  return classOfRun(
    chosenOf(probability, () => dice.next().value),
    { amount },
  )
}

test.each([20_157, 60_000])('of %d requests is a rate that is found in 19 of 20 runs', (amount) => {
  const rate = sensitivityOf(amount)!
  const classes = Array.from({ length: 200 }, (_, seed) => classOf(rate, amount, seed))
  expect(classes.filter((found) => found === 'leak').length).toBeGreaterThanOrEqual(190)
})

test('is better than one object in 1,000 requests by default, and three times better for three times the requests', () => {
  expect(sensitivityOf(20_157)).toBe(0.000397)
  expect(sensitivityOf(60_471)).toBe(0.000132)
})

test('is not known without requests', () => {
  expect(sensitivityOf(0)).toBeNull()
})
