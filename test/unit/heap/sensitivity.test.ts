import { expect, test } from 'vitest'
import { sensitivityOf } from '../../../plugin/heap/sensitivity.js'
import type { Timeline } from '../../../plugin/heap/timeline.js'
import { classify, isCandidate } from '../../../plugin/heap/verdict.js'
import { makePlan } from '../../../plugin/plan.js'

/** Numbers from 0 to 1 that look random and are the same in each run. */
function* random(seed: number): Generator<number> {
  let state = seed
  for (;;) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    yield state / 2 ** 32
  }
}

/** Class of a leak that keeps one object with this probability at each request, as a whole run judges it. */
function classOf(probability: number, amount: number, seed: number): string {
  const { rounds: planned, confirm, further } = makePlan({ amount })
  const dice = random(seed)
  /** Requests from one kept object to the next. */
  const gap = () => 1 + Math.floor(Math.log(1 - (dice.next().value as number)) / Math.log(1 - probability))
  let [level, served, next] = [0, 0, gap()]
  const after = (requests: number) => {
    for (served += requests; next <= served; next += gap()) level++
    return level
  }
  const start = [0, 0, ...planned.map(after)]
  const times = { idleS: 0.5, loadS: 5, drainS: 1.2 }
  if (!isCandidate(start, { planned, confirm: [], ...times })) return 'ok'
  const sum = [...start, ...confirm.map(after)]
  sum.push(level, ...further.map(after), level)
  const timeline: Timeline = { planned, confirm, ...times, further: { rounds: further, loadS: 9, drainS: 1.2 } }
  return classify({ sum, byWorker: [sum] }, timeline).class
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
