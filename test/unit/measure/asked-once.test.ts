import { expect, test } from 'vitest'
import { parseRequest } from '../../../plugin/load/plan/request.js'
import { askedOnceFault } from '../../../plugin/measure/asked-once.js'
import { makePlan } from '../../../plugin/measure/plan.js'
import type { LoadResult } from '../../../plugin/types/load.js'
import type { Place } from '../../../plugin/types/place.js'

/** Port 8080 of the conf, and a second one. */
function places(...servers: string[]): Place[] {
  return servers.map((at, index) => ({
    protocol: 'http',
    name: `port ${8080 + index}`,
    port: 8080 + index,
    socket: null,
    address: { kind: 'tcp', host: '127.0.0.1', port: 8080 + index },
    tls: false,
    http2: 'no',
    proxyProtocol: false,
    servers: [{ names: [], at }],
  }))
}

const LATENCY = { min: 1, mean: 1, stdev: 0, max: 1, p50: 1, p75: 1, p90: 1, p99: 1, p999: 1 }

/** Each request answered once with this status; 0 for none. */
function answers(statuses: Readonly<Record<string, number>>, more: Partial<LoadResult> = {}): LoadResult {
  const answered = Object.entries(statuses).filter(([, status]) => status > 0)
  return {
    asked: Object.keys(statuses).length,
    completed: answered.length,
    durationMs: 1,
    bytesRead: 1,
    statuses: {},
    unexpected: 0,
    errors: { connect: 0, reset: 0, timeout: 0, closed: 0 },
    requestsPerSecond: 1,
    latencyUs: LATENCY,
    perRequest: Object.fromEntries(answered.map(([name]) => [name, 1])),
    byRequest: Object.fromEntries(
      answered.map(([name, status]) => [
        name,
        { completed: 1, unexpected: 0, statuses: { [status]: 1 }, requestsPerSecond: 1, latencyUs: LATENCY },
      ]),
    ),
    ...more,
  }
}

function fault(
  statuses: Readonly<Record<string, number>>,
  more: Partial<LoadResult> = {},
  listening: readonly Place[] = places('nginx.conf:14'),
) {
  const target = { url: 'http://127.0.0.1:8080', origin: () => 'http://127.0.0.1:8080', places: listening }
  return askedOnceFault(Object.keys(statuses).map(parseRequest), answers(named(statuses), more), makePlan({}), target)
}

const named = (statuses: Readonly<Record<string, number>>) =>
  Object.fromEntries(Object.entries(statuses).map(([text, status]) => [parseRequest(text).name!, status]))

test('what is answered as expected is loaded', () => {
  expect(fault({ '/t': 200, '/u': 302 })).toBeUndefined()
})

test('a wrong status is told with its request, server, port and way out', () => {
  expect(fault({ '/t': 401 })).toBe(
    'unexpected status of GET /t: 401 from port 8080 (nginx.conf:14), asked once before the load; expected 200-399.' +
      " It wants credentials: --header 'Authorization: ...', in a test headers." +
      " Mend the request or the conf; where 401 is meant: --expect-status 401, in a test expectStatus: '401'.",
  )
})

test('a path that is not there is told with the servers that there are', () => {
  expect(fault({ '/checkout': 404 }, {}, places('nginx.conf:14', 'nginx.conf:30'))).toMatch(
    /^unexpected status of GET \/checkout: 404 from port 8080 \(nginx\.conf:14\), asked once[^\n]*\n.*Servers of the conf: .*port 8081 \(nginx\.conf:30\)/,
  )
})

test('of a server that somebody else started only its address is known', () => {
  expect(fault({ '/t': 500 }, {}, [])).toMatch(
    /^unexpected status of GET \/t: 500 from http:\/\/127\.0\.0\.1:8080, asked once/,
  )
})

test('all that are answered wrongly are told at once, up to five', () => {
  const lines = fault(Object.fromEntries(['/a', '/b', '/c', '/d', '/e', '/f', '/g'].map((path) => [path, 500])))!
  expect(lines.split('\n')).toHaveLength(6)
  expect(lines.split('\n')[5]).toBe('and 2 more requests')
})

test('an answer that never comes is told with its limit and the option', () => {
  const more = { gaveUp: '2 requests in a row timed out', errors: { connect: 0, reset: 0, timeout: 2, closed: 0 } }
  expect(fault({ '/t': 200, '/slow': 0 }, more)).toBe(
    'no answer to GET /slow from port 8080 (nginx.conf:14), asked before the load with 10 s to answer: 2 requests in a row timed out\n' +
      '2 tries timed out. Where an answer needs longer: --timeout 30s, in a test timeoutS: 30.',
  )
})
