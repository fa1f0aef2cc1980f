import { expect, test } from 'vitest'
import { PATIENCE_MS, waitForTimers } from '../../../plugin/measure/patience.js'
import { snapshot } from '../heap/build.js'

const due = (...dueMs: number[]) => [
  snapshot({}, { timers: { pending: dueMs.length, dueMs, ofConnections: 0, ofModules: 0 } }),
]

test('a timer that is due soon is waited for, and the time that it takes to run', () => {
  expect(waitForTimers(due(300), PATIENCE_MS)).toBe(400)
  expect(waitForTimers(due(300, 900), PATIENCE_MS)).toBe(1000)
})

test('one that is due later is looked for on the way', () => {
  expect(waitForTimers(due(9000), PATIENCE_MS)).toBe(2000)
})

test('one that is due too late, or none, is not waited for', () => {
  expect(waitForTimers(due(60_000), PATIENCE_MS)).toBe(0)
  expect(waitForTimers(due(), PATIENCE_MS)).toBe(0)
  expect(waitForTimers([snapshot({})], PATIENCE_MS)).toBe(0)
})

test('one that comes again and again costs some ten looks in all', () => {
  let [left, looks] = [PATIENCE_MS, 0]
  for (let wait = waitForTimers(due(10), left); wait > 0; wait = waitForTimers(due(10), left)) {
    left -= wait
    looks++
  }
  expect(looks).toBeLessThan(20)
})
