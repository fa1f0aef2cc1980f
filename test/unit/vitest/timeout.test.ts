import { expect, test, vi } from 'vitest'
import { makePlan } from '../../../plugin/measure/plan.js'
import { Deadline, TestTimeError } from '../../../plugin/vitest/deadline.js'
import { planTimeoutMs } from '../../../plugin/vitest/timeout.js'

test('a bigger plan has more time', () => {
  const usual = planTimeoutMs(makePlan({}))
  expect(planTimeoutMs(makePlan({ amount: 40_314 }))).toBeGreaterThan(usual)
  expect(planTimeoutMs(makePlan({ settleMs: 2000 }))).toBe(usual + 10 * 1000)
  expect(planTimeoutMs(makePlan({ drainMs: 2200 }))).toBe(usual + 2 * 1000)
  expect(planTimeoutMs(makePlan({}), 90_000)).toBe(usual + 2 * 30 * 1000)
})

test('a deadline says what to do before Vitest’s own message, which could not', () => {
  vi.useFakeTimers()
  try {
    using deadline = new Deadline(10_000)
    vi.advanceTimersByTime(9_499)
    expect(deadline.signal.aborted).toBe(false)
    vi.advanceTimersByTime(1)
    expect(deadline.signal.reason).toEqual(new TestTimeError(10_000))
    expect((deadline.signal.reason as Error).message).toMatch(/10000 ms ran out .* \{ timeout: leakTimeout\(/)
  } finally {
    vi.useRealTimers()
  }
})

test.each([0, Number.POSITIVE_INFINITY])('a timeout of %s is none', (timeout) => {
  vi.useFakeTimers()
  try {
    using deadline = new Deadline(timeout)
    vi.advanceTimersByTime(1e9)
    expect(deadline.signal.aborted).toBe(false)
  } finally {
    vi.useRealTimers()
  }
})
