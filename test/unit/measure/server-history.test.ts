import { describe, expect, test } from 'vitest'
import { ServerHistory } from '../../../plugin/measure/history/server-history.js'
import { makePlan } from '../../../plugin/measure/plan.js'
import type { PlanInput } from '../../../plugin/measure/plan-options.js'
import type { Moment } from '../../../plugin/types/moment.js'
import { snapshot } from '../heap/build.js'

const WARMUP = 100

function aPlan(input: PlanInput = {}) {
  return makePlan({ request: '/a', warmup: WARMUP, ...input })
}

function ended(requests: number): Moment {
  return { kind: 'planned', snapshots: [snapshot({}, { pid: 7, requests })], others: [] }
}

/** After a measurement of this plan by worker 7, whose loads completed so many requests; nginx then counts 500. */
function measured(plan = aPlan(), completed = WARMUP, faults: readonly string[] = []): ServerHistory {
  const history = new ServerHistory()
  history.noteLoad(plan, plan.requests, completed, [7])
  history.noteEnd({ moments: [ended(500)], faults })
  return history
}

const COUNTERS = { requests: 500 }

describe('a server is warm', () => {
  test('for what it has answered as often as the warm-up would ask it', () => {
    expect(measured().isWarm(aPlan(), [7], COUNTERS)).toBe(true)
    expect(measured().isWarm(aPlan({ request: '/b' }), [7], COUNTERS)).toBe(false)
    expect(measured().isWarm(aPlan({ headers: { Accept: 'text/html' } }), [7], COUNTERS)).toBe(false)
    expect(measured(aPlan(), WARMUP - 1).isWarm(aPlan(), [7], COUNTERS)).toBe(false)
  })

  test('for each request of several by its share', () => {
    const several = aPlan({ requests: ['/a', { path: '/b', weight: 3 }], request: undefined })
    expect(measured(several, 2 * WARMUP).isWarm(several, [7], COUNTERS)).toBe(true)
    expect(measured(several, 2 * WARMUP).isWarm(aPlan({ request: '/b' }), [7], COUNTERS)).toBe(true)
    expect(measured(several, 2 * WARMUP).isWarm(aPlan({ request: '/a' }), [7], COUNTERS)).toBe(false)
  })

  test('over the same number and kind of connections alone', () => {
    for (const other of [{ connections: 5 }, { keepAlive: false }, { burst: 20 }, { protocol: 'h2c' }] as const) {
      expect(measured().isWarm(aPlan(other), [7], COUNTERS)).toBe(false)
    }
  })

  test('in the workers that answered alone', () => {
    expect(measured().isWarm(aPlan(), [8], COUNTERS)).toBe(false)
    const reloaded = measured()
    reloaded.noteLoad(aPlan({ request: '/b' }), aPlan({ request: '/b' }).requests, WARMUP, [8])
    reloaded.noteEnd({ moments: [ended(500)], faults: [] })
    expect(reloaded.isWarm(aPlan(), [8], COUNTERS)).toBe(false)
    expect(reloaded.isWarm(aPlan({ request: '/b' }), [8], COUNTERS)).toBe(true)
  })

  test('only where nobody has asked anything since, as far as nginx counts', () => {
    expect(measured().isWarm(aPlan(), [7], { requests: 501 })).toBe(false)
    expect(measured().isWarm(aPlan(), [7], null)).toBe(false)
    expect(measured(aPlan(), WARMUP, ['worker 7 was lost']).isWarm(aPlan(), [7], COUNTERS)).toBe(false)
  })

  test('never for what no client here sends', () => {
    expect(measured().isWarm(aPlan({ request: undefined, command: 'wrk "$URL/a"' }), [7], COUNTERS)).toBe(false)
  })
})

test('a number is free where no load may have sent it', () => {
  const history = new ServerHistory()
  expect(history.nextNumber).toBe(0)
  history.noteNumbers(300)
  history.noteNumbers(20)
  expect(history.nextNumber).toBe(300)
})
