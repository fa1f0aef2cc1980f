import { describe, expect, test } from 'vitest'
import {
  checkThresholds,
  judgeThresholds,
  parseThresholds,
  type ThresholdsInput,
} from '../../../../plugin/load/thresholds/thresholds.js'
import { thresholdsText } from '../../../../plugin/load/thresholds/thresholds-text.js'
import type { LoadResult, RequestResult } from '../../../../plugin/types/load.js'

const LATENCY = { min: 90, mean: 400, stdev: 100, max: 31_000, p50: 380, p75: 500, p90: 900, p99: 20_000, p999: 30_000 }

const LOAD: LoadResult = {
  asked: 1000,
  completed: 1000,
  durationMs: 500,
  bytesRead: 200_000,
  statuses: { 200: 990, 301: 6, 404: 3, 500: 1 },
  unexpected: 4,
  errors: { connect: 1, reset: 2, timeout: 0, closed: 7 },
  requestsPerSecond: 2000,
  latencyUs: LATENCY,
  perRequest: { 'GET /t': 900, 'POST /t': 100 },
  byRequest: { 'GET /t': part(900, { 200: 900 }, 300), 'POST /t': part(100, { 200: 99, 500: 1 }, 19_000) },
}

function part(completed: number, statuses: Record<string, number>, p99: number): RequestResult {
  return { completed, unexpected: 0, statuses, requestsPerSecond: completed * 2, latencyUs: { ...LATENCY, p99 } }
}

const NOTHING: LoadResult = { ...LOAD, completed: 0, durationMs: 0, statuses: {}, requestsPerSecond: 0, byRequest: {} }

const met = (input: ThresholdsInput, load = LOAD) =>
  checkThresholds(load, parseThresholds(input)).map((each) => each.met)

describe('a threshold is met', () => {
  test.each<[ThresholdsInput, boolean]>([
    [{ 'latency.p99': '< 20ms' }, false],
    [{ 'latency.p99': '<= 20ms' }, true],
    [{ 'latency.p99': '<0.021s' }, true],
    [{ 'latency.p50': '< 380us' }, false],
    [{ 'latency.p50': '< 381 µs' }, true],
    [{ 'latency.p99.9': '<= 30ms' }, true],
    [{ 'latency.avg': '= 400us' }, true],
    [{ 'latency.max': '< 1m' }, true],
    [{ 'requests.rate': '> 2000/s' }, false],
    [{ 'requests.rate': '>= 2000' }, true],
    [{ 'requests.completed': '== 1000' }, true],
    [{ 'transfer.rate': '>= 0.4 MB/s' }, true],
    [{ 'transfer.rate': '>= 0.4 MiB/s' }, false],
    [{ errors: 0 }, false],
    [{ errors: '10' }, true],
    [{ errors: '< 1%' }, true],
    [{ errors: '< 0.99%' }, false],
    [{ 'errors.timeout': 0 }, true],
    [{ unexpected: '<= 4' }, true],
    [{ non2xx: 9 }, false],
    [{ non2xx: 10 }, true],
    [{ '3xx': '< 7' }, true],
    [{ '5xx': '< 0.1%' }, false],
    [{ '5xx': '<= 0.1%' }, true],
    [{ 404: 2 }, false],
    [{ 503: 0 }, true],
  ])('%j: %s', (input, expected) => {
    expect(met(input)).toEqual([expected])
  })

  test('for one request name alone', () => {
    expect(met({ 'latency.p99{GET /t}': '< 1ms', 'latency.p99{POST /t}': '< 1ms', '5xx{POST /t}': '<= 1%' })).toEqual([
      true,
      false,
      true,
    ])
  })

  test('never by a metric that was not measured', () => {
    const results = checkThresholds(
      NOTHING,
      parseThresholds({
        'latency.p99': '< 1s',
        'requests.rate': '> 0',
        '5xx': '< 1%',
        'transfer.rate': '> 0 B/s',
        '5xx{GET /x}': 0,
      }),
    )
    expect(results.map(({ met, actualText }) => [met, actualText])).toEqual([
      [false, 'not measured'],
      [false, 'not measured'],
      [false, 'not measured'],
      [false, 'not measured'],
      [false, 'no request named GET /x'],
    ])
  })
})

test('violations name metric, limit and actual value in the same unit', () => {
  const thresholds = parseThresholds({
    'latency.p99': '< 20ms',
    'requests.rate': '> 1000/s',
    '5xx{POST /t}': { limit: '< 0.5%', level: 'warn' },
  })
  expect(judgeThresholds(LOAD, thresholds)).toEqual([
    {
      path: 'load',
      metric: 'latency.p99',
      limit: 20_000,
      actual: 20_000,
      level: 'error',
      text: 'latency.p99 20 ms, threshold < 20ms',
    },
    {
      path: 'POST /t',
      metric: '5xx{POST /t}',
      limit: 0.5,
      actual: 1,
      level: 'warn',
      text: '5xx{POST /t} 1 %, threshold < 0.5%',
    },
  ])
})

test('text shows each threshold with its actual value', () => {
  const thresholds = parseThresholds({
    'latency.p99': '< 15ms',
    'requests.rate': '> 1000/s',
    '5xx': { limit: 0, level: 'warn' },
    'latency.p50{PUT /t}': '< 1ms',
  })
  expect(thresholdsText(checkThresholds(LOAD, thresholds))).toBe(`\
  x latency.p99          < 15ms    20 ms
    requests.rate        > 1000/s  2,000/s
  ! 5xx                  <= 0      1                        (warning)
  x latency.p50{PUT /t}  < 1ms     no request named PUT /t`)
})

describe('refuses', () => {
  test.each<[ThresholdsInput, RegExp]>([
    [{ 'latency.p98': '< 1ms' }, /'latency.p98' is no metric; did you mean latency\.p9\d\? Legal: latency\.min, .*404/],
    [{ wobble: 1 }, /'wobble' is no metric\. Legal: latency\.min/],
    [{ p99: '< 1ms' }, /'p99' is no metric; did you mean latency\.p99\?/],
    [{ 'p(99)': '< 1ms' }, /'p\(99\)' is no metric; did you mean latency\.p99\?/],
    [{ 'latency.99': '< 1ms' }, /'latency\.99' is no metric; did you mean latency\.p99\?/],
    [{ p95: '< 1ms' }, /'p95' is no metric; did you mean latency\.p\d+\?/],
    [{ rps: '> 1' }, /'rps' is no metric; did you mean requests\.rate\?/],
    [{ http_req_failed: 0 }, /'http_req_failed' is no metric; did you mean non2xx\?/],
    [{ 'errors{GET /t}': 0 }, /errors is not known per request: write 'errors' for the whole load/],
    [{ '{GET /t}': 0 }, /'\{GET \/t\}' names no metric/],
    [{ 'latency.p99': 20 }, /threshold 20 of latency.p99 can't be read: write '< 20ms'/],
    [{ 'latency.p99': '< 20' }, /threshold "< 20" of latency.p99 can't be read/],
    [{ 'latency.p99': '< 20/s' }, /can't be read/],
    [{ 'latency.p99': '< 1%' }, /can't be read/],
    [{ 'requests.rate': 2000 }, /threshold 2000 of requests.rate can't be read: write '> 2000\/s'/],
    [{ errors: '<> 3' }, /threshold "<> 3" of errors can't be read: write 0 \(at most\)/],
    [{ errors: -1 }, /can't be read/],
    [
      { errors: { limit: 0, level: 'fatal' as 'warn' } },
      /level 'fatal' of errors does not exist: write 'error' or 'warn'/,
    ],
  ])('%j', (input, message) => {
    expect(() => parseThresholds(input)).toThrow(message)
  })
})
