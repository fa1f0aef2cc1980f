import { expect, test } from 'vitest'
import type { PartCount } from '../../../../plugin/load/client/part.js'
import { loadResult } from '../../../../plugin/load/client/result.js'
import { Tally } from '../../../../plugin/load/client/tally.js'
import type { RequestSpec } from '../../../../plugin/types/request.js'

const REQUESTS: RequestSpec[] = [{ path: '/a' }, { name: 'b', method: 'POST', path: '/b' }]

function part(count: (tally: Tally) => void, rest: Partial<PartCount> = {}): PartCount {
  const tally = new Tally({ requests: REQUESTS, expectStatus: [[200, 399]] })
  count(tally)
  return { startMs: 1000, lastMs: 1500, due: null, gaveUp: null, rates: [], ...rest, tally: tally.toJSON() }
}

test('adds up what all threads counted', () => {
  const first = part(
    (tally) => {
      tally.answer(0, 200, 100)
      tally.answer(0, 200, 300)
      tally.answer(1, 503, 1000)
      tally.loss('reset', 'GET /t', new Error('read ECONNRESET'))
      tally.bytes(500)
    },
    { rates: [1, 3] },
  )
  const second = part(
    (tally) => {
      tally.answer(0, 302, 200)
      tally.loss('connect', undefined, undefined)
      tally.bytes(100)
    },
    { startMs: 900, lastMs: 1400, rates: [2, 2] },
  )
  expect(loadResult({ amount: 4 }, REQUESTS, [first, second])).toEqual({
    protocol: 'HTTP/1.1',
    asked: 4,
    sent: 5,
    completed: 4,
    durationMs: 600,
    bytesRead: 600,
    statuses: { 200: 2, 302: 1, 503: 1 },
    unexpected: 1,
    errors: { connect: 1, reset: 1, timeout: 0, closed: 0 },
    firstError: 'reset: read ECONNRESET',
    requestsPerSecond: 4 / 0.6,
    latencyUs: {
      min: 100,
      mean: 400,
      stdev: Math.sqrt(125_000),
      max: 1000,
      p50: 200,
      p75: 300,
      p90: 1000,
      p99: 1000,
      p999: 1000,
    },
    latencyWithinStdev: 0.75,
    threadRate: { mean: 2, stdev: Math.sqrt(0.5), max: 3, withinStdev: 0.5 },
    perRequest: { 'GET /a': 3, b: 1 },
    byRequest: {
      'GET /a': {
        completed: 3,
        unexpected: 0,
        statuses: { 200: 2, 302: 1 },
        requestsPerSecond: 3 / 0.6,
        latencyUs: expect.objectContaining({ min: 100, mean: 200, max: 300 }),
      },
      b: {
        completed: 1,
        unexpected: 1,
        statuses: { 503: 1 },
        requestsPerSecond: 1 / 0.6,
        latencyUs: expect.objectContaining({ min: 1000, mean: 1000, max: 1000, stdev: 0 }),
      },
    },
  })
})

test('is all zero where no connection ever was, and says why it ended', () => {
  const none = part((tally) => tally.loss('connect', undefined, new Error('connect ECONNREFUSED 127.0.0.1:1')), {
    startMs: null,
    lastMs: null,
    gaveUp: '10 tries in a row got no answer',
  })
  expect(loadResult({ amount: 100 }, REQUESTS, [none])).toMatchObject({
    asked: 100,
    sent: 0,
    completed: 0,
    durationMs: 0,
    requestsPerSecond: 0,
    latencyUs: { min: 0, mean: 0, p99: 0 },
    gaveUp: '10 tries in a row got no answer, the first by connect: connect ECONNREFUSED 127.0.0.1:1',
  })
})

test('asked for what was due by the rate, or else for what was sent, where a duration decided', () => {
  const answer = (tally: Tally) => tally.answer(0, 200, 1)
  const endless = { amount: Number.POSITIVE_INFINITY }
  expect(loadResult(endless, REQUESTS, [part(answer, { due: 7 }), part(answer, { due: 8 })]).asked).toBe(15)
  expect(loadResult(endless, REQUESTS, [part(answer), part(answer)]).asked).toBe(2)
})

test('counts requests of one name together', () => {
  const requests = [{ path: '/a' }, { path: '/a', body: 'x' }]
  const tally = new Tally({ requests, expectStatus: [[200, 399]] })
  tally.answer(0, 200, 1)
  tally.answer(1, 200, 1)
  const count = { ...part(() => {}), tally: tally.toJSON() }
  expect(loadResult({ amount: 2 }, requests, [count]).perRequest).toEqual({ 'GET /a': 2 })
})
