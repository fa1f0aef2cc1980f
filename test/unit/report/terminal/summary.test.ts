import { expect, test } from 'vitest'
import { runSummary } from '../../../../plugin/report/terminal/summary.js'
import { aReport } from '../build.js'

test('a run is summed up by what ran, how fast it answered and what the process weighs', () => {
  const latencyUs = { min: 90, mean: 140, stdev: 20, max: 2100, p50: 137, p75: 150, p90: 180, p99: 1630, p999: 1900 }
  const load = {
    asked: 20157,
    completed: 20157,
    durationMs: 300,
    bytesRead: 1,
    statuses: { 200: 20155, 500: 2 },
    unexpected: 2,
    errors: { connect: 0, reset: 1, timeout: 0, closed: 0 },
    requestsPerSecond: 66_662.3,
    latencyUs,
    perRequest: { 'GET /t': 20157 },
  }
  expect(runSummary(aReport({ load }))).toBe(
    `
  nginx 1.22.1 + ngx_http_lua_module, 1 worker
  66,662 requests/s (HTTP/1.1), p50 0.14 ms, p99 1.63 ms, 3 failures
  Worker memory (RSS): 24.1 MB -> 26.4 MB
`.slice(1, -1),
  )
})

test('a run that measured nothing is summed up by what ran', () => {
  const nothing = { process: { rss: { before: 0, after: 0 }, growths: [] } }
  expect(runSummary(aReport(nothing))).toBe('  nginx 1.22.1 + ngx_http_lua_module, 1 worker')
})
