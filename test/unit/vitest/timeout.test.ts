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
    using deadline = new Deadline(10_000, { hasPlugin: true })
    deadline.noteStep('round 2 of 5: 1973 requests', { amount: 20_157, mostMs: 500_000 })
    vi.advanceTimersByTime(9_499)
    expect(deadline.signal.aborted).toBe(false)
    vi.advanceTimersByTime(1)
    expect(deadline.signal.reason).toBeInstanceOf(TestTimeError)
    expect((deadline.signal.reason as Error).message).toBe(
      "the test's 10000 ms ran out before the measurement ended. Last step: round 2 of 5: 1973 requests. " +
        'Its time follows from its plan: give the test { timeout: leakTimeout({ amount: 20157 }) }, which is 500000 ms, or a smaller plan.',
    )
  } finally {
    vi.useRealTimers()
  }
})

test('a short deadline leaves a quarter of a second for it, and without the plugin it is the plugin that is missing', () => {
  vi.useFakeTimers()
  try {
    using deadline = new Deadline(1500, { hasPlugin: false })
    vi.advanceTimersByTime(1250)
    expect((deadline.signal.reason as Error).message).toBe(
      "the test's 1500 ms ran out before the measurement ended. " +
        "The plugin, which gives leak tests a timeout that fits their plan, is not in Vitest's config: add plugins: [openrestyLeak()].",
    )
  } finally {
    vi.useRealTimers()
  }
})

test('where the plan would have fitted, it is the several measurements of the test that do not', () => {
  vi.useFakeTimers()
  try {
    using deadline = new Deadline(600_000, { hasPlugin: true })
    deadline.noteStep('idling', { amount: 20_157, mostMs: 500_000 })
    vi.advanceTimersByTime(600_000)
    expect((deadline.signal.reason as Error).message).toMatch(
      /ended\. Last step: idling\. Several measurements in one test need their time/,
    )
  } finally {
    vi.useRealTimers()
  }
})

test.each([0, Number.POSITIVE_INFINITY])('a timeout of %s is none', (timeout) => {
  vi.useFakeTimers()
  try {
    using deadline = new Deadline(timeout, { hasPlugin: true })
    vi.advanceTimersByTime(1e9)
    expect(deadline.signal.aborted).toBe(false)
  } finally {
    vi.useRealTimers()
  }
})
