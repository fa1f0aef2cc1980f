import { expect, test } from 'vitest'
import { wrkSummary } from '../../../plugin/load/wrk-summary.js'
import type { LoadResult } from '../../../plugin/types/load.js'

/** The figures behind the text that wrk 4.1 printed for `wrk -t1 -c50 -d3 --latency`. */
const MEASURED: LoadResult = {
  asked: 208509,
  completed: 208509,
  durationMs: 3004,
  bytesRead: 34.2 * 1024 ** 2,
  statuses: { 200: 208509 },
  unexpected: 0,
  errors: { connect: 0, reset: 0, timeout: 0, closed: 0 },
  requestsPerSecond: 69407.13,
  latencyUs: {
    min: 80,
    mean: 704.5,
    stdev: 806.37,
    max: 8380,
    p50: 511,
    p75: 583,
    p90: 960,
    p99: 4440,
    p999: 8001,
  },
  latencyWithinStdev: 0.924,
  threadRate: { mean: 69860, stdev: 3960, max: 75200, withinStdev: 0.7 },
  perRequest: { 'GET /t': 208509 },
}

test("reads as wrk's own output does, with one percentile more", () => {
  const heading = { url: 'http://127.0.0.1:18931/t', threads: 1, connections: 50, durationS: 3 }
  expect(wrkSummary(MEASURED, heading)).toBe(`\
Running 3s test @ http://127.0.0.1:18931/t
  1 threads and 50 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency   704.50us  806.37us   8.38ms   92.40%
    Req/Sec    69.86k     3.96k   75.20k    70.00%
  Latency Distribution
     50%  511.00us
     75%  583.00us
     90%    0.96ms
     99%    4.44ms
   99.9%    8.00ms
  208509 requests in 3.00s, 34.20MB read
Requests/sec:  69407.13
Transfer/sec:     11.38MB`)
})

test('names socket errors and answers that are neither 2xx nor 3xx', () => {
  const failed = {
    ...MEASURED,
    completed: 90,
    durationMs: 90_500,
    bytesRead: 512,
    statuses: { 200: 80, 302: 4, 404: 5, 500: 1 },
    errors: { connect: 1, reset: 2, timeout: 3, closed: 4 },
    requestsPerSecond: 0.99,
  }
  expect(wrkSummary(failed).split('\n').slice(-5)).toEqual([
    '  90 requests in 1.51m, 512.00B read',
    '  Socket errors: connect 1, read 6, write 0, timeout 3',
    '  Non-2xx or 3xx responses: 6',
    'Requests/sec:      0.99',
    'Transfer/sec:       5.66B',
  ])
})

test('counts requests in the heading where no duration was planned', () => {
  const [first] = wrkSummary(MEASURED, { url: 'http://127.0.0.1/t', threads: 2, connections: 10 }).split('\n')
  expect(first).toBe('Running 208509 requests test @ http://127.0.0.1/t')
})
