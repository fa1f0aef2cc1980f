import { describe, expect, test } from 'vitest'
import { makePlan } from '../../../plugin/measure/plan.js'
import type { PlanInput } from '../../../plugin/measure/plan-options.js'

const sum = (numbers: readonly number[]) => numbers.reduce((total, value) => total + value, 0)

test('a plan has all defaults filled in', () => {
  expect(makePlan({ request: 'POST /t' })).toEqual({
    driver: { kind: 'requests' },
    requests: [expect.objectContaining({ method: 'POST', path: '/t' })],
    connections: 10,
    keepAlive: true,
    burst: 0,
    per: 'request',
    expectStatus: [[200, 399]],
    timeoutS: 10,
    warmup: 5003,
    rounds: [3929, 1973, 6263, 3389, 4603],
    confirm: [9337, 22157],
    further: [31957, 64937],
    solo: 4001,
    idleMs: 500,
    locate: true,
    settleMs: 1000,
    drainMs: 1200,
    budgets: [],
    knownLeaks: [],
  })
})

describe('amount', () => {
  test.each([200, 2000, 20157, 99_999, 1_000_000])('of %d is met exactly, in the same proportions', (amount) => {
    const { rounds } = makePlan({ amount })
    expect(sum(rounds)).toBe(amount)
    for (const [round, size] of [3929, 1973, 6263, 3389, 4603].entries()) {
      expect(Math.abs(rounds[round]! - (size * amount) / 20157)).toBeLessThan(1)
    }
  })

  test('scales the confirming rounds with it, so that a rarer leak can be confirmed', () => {
    expect(makePlan({ amount: 201_570 }).confirm).toEqual([93_370, 221_570])
  })

  test('leaves the warm-up alone', () => {
    expect(makePlan({ amount: 2000 }).warmup).toBe(5003)
  })
})

describe('rounds', () => {
  test('may be more: the sizes come again', () => {
    expect(makePlan({ rounds: 7 }).rounds).toEqual([3929, 1973, 6263, 3389, 4603, 3929, 1973])
  })

  test('may be given one by one', () => {
    expect(makePlan({ rounds: [100, 200], warmup: 100 }).rounds).toEqual([100, 200])
  })
})

test('requests and statuses may be several', () => {
  const plan = makePlan({
    request: ['/a', 'POST /b'],
    expectStatus: [
      [200, 200],
      [404, 404],
    ],
  })
  expect(plan.requests.map(({ name }) => name)).toEqual(['GET /a', 'POST /b'])
  expect(plan.expectStatus).toEqual([
    [200, 200],
    [404, 404],
  ])
})

test('undefined is the same as not given', () => {
  expect(makePlan({ amount: undefined, connections: undefined, budgets: undefined })).toEqual(makePlan({}))
})

describe('refuses', () => {
  test.each<[title: string, input: PlanInput, message: string]>([
    ['amount 0', { amount: 0 }, 'amount 0 is no legal value; it is a whole number from 1 up'],
    ['half a request', { amount: 10.5 }, 'amount 10.5 is no legal value'],
    ['fewer requests than rounds', { amount: 4 }, 'amount 4 is less than one request for each of 5 rounds'],
    ['one round', { rounds: 1 }, 'rounds 1 cannot show a trend; at least 2 rounds are needed'],
    ['a list of one round', { rounds: [500] }, 'rounds [500] cannot show a trend'],
    ['rounds and amount', { rounds: [500, 500], amount: 1000 }, 'give one of the two'],
    ['one confirming round', { confirm: [500] }, 'confirm [500] cannot show whether a rate holds'],
    ['no connection', { connections: 0 }, 'connections 0 is no legal value'],
    [
      'more connections than a round has requests',
      { amount: 50, connections: 10 },
      'connections 10 is more than the smallest round has requests (5); raise amount, or take 5 connections or fewer',
    ],
    ['a negative time', { idleMs: -1 }, 'idleMs -1 is no legal value; it is a whole number from 0 up'],
    ['a timeout of 0', { timeoutS: 0 }, 'timeoutS 0 is no legal value; it is a number above 0'],
    ['no requests', { requests: [] }, 'the list of requests is empty'],
    ['thresholds', { thresholds: {} } as PlanInput, "no option 'thresholds', which is one of a matcher: expect(run)."],
    ['an option of the server', { workers: 2 } as PlanInput, "'workers', which is one of openresty.start()"],
    ['an unknown option', { conections: 5 } as PlanInput, "no option 'conections'; did you mean connections?"],
    ['a known leak without a reason', { knownLeaks: [{ path: 'globals.a', reason: ' ' }] }, 'has no reason'],
    [
      'a known leak with a wrong date',
      { knownLeaks: [{ path: 'globals.a', reason: 'x', until: 'soon' }] },
      'is "soon"; write a date',
    ],
    ['a known leak at no path', { knownLeaks: [{ path: 'a.b', reason: 'x' }] }, "'a.b' is no reference path"],
  ])('%s', (_title, input, message) => {
    expect(() => makePlan(input)).toThrow(message)
  })

  test('a known leak once its date is past', () => {
    const knownLeaks = [{ path: 'globals.a', reason: 'vendored', until: '2026-11-23' }]
    expect(makePlan({ knownLeaks }, new Date('2026-11-23T23:59:59Z')).knownLeaks).toMatchObject(knownLeaks)
    expect(() => makePlan({ knownLeaks }, new Date('2026-11-24T00:00:00Z'))).toThrow(
      "known leak 'globals.a' expired on 2026-11-23 (vendored): mend it, or set a later date",
    )
  })
})

test('budgets that are given as a list have their paths read, too', () => {
  const given = { path: '_G.a', limits: { total: 1 }, level: 'error', optional: false } as const
  expect(makePlan({ budgets: [given] }).budgets).toEqual([{ ...given, pattern: ['globals', '.a'] }])
  expect(() => makePlan({ budgets: [given, { ...given, path: 'globals.a' }] })).toThrow('two budgets for one path')
})

describe('a load that provokes', () => {
  test('counts by connection on connections of one request each', () => {
    expect(makePlan({ per: 'connection' })).toMatchObject({ per: 'connection', keepAlive: false })
    expect(makePlan({ per: 'connection', keepAlive: true })).toMatchObject({ keepAlive: true })
  })

  test('compares workers of one age where nginx is reloaded', () => {
    expect(makePlan({ reload: true, amount: 5000 })).toMatchObject({
      per: 'reload',
      warmup: 1000,
      rounds: [1000, 1000, 1000, 1000, 1000],
      confirm: [1000, 1000],
      further: [1000, 1000],
    })
  })

  test.each<[title: string, input: PlanInput, message: string]>([
    ['another unit', { per: 'second' as 'request' }, `per "second" is not known; it is 'request' or 'connection'`],
    ['two units', { per: 'connection', reload: true }, 'per "connection" excludes reload'],
    ['a burst larger than a round', { burst: 1000 }, 'burst 1000 takes 2000 requests, and the smallest round has 1973'],
    ['no flag', { keepAlive: 'no' as unknown as boolean }, 'keepAlive "no" is no legal value; it is true or false'],
  ])('refuses %s', (_title, input, message) => {
    expect(() => makePlan(input)).toThrow(message)
  })
})
