import { expect, test } from 'vitest'
import { parseRequest } from '../../../plugin/load/plan/request.js'
import { answeringServer, answeringWords } from '../../../plugin/measure/answering-server.js'
import { askedOnceFault } from '../../../plugin/measure/asked-once.js'
import { makePlan } from '../../../plugin/measure/plan.js'
import type { LoadResult } from '../../../plugin/types/load.js'
import type { RequestInput } from '../../../plugin/types/request.js'
import type { ConfServer } from '../../../plugin/types/runtime.js'

function aServer(facts: Partial<ConfServer> = {}): ConfServer {
  return { place: 'nginx.conf:14', ports: [8080], defaultOf: [], names: [], locations: ['/t', '= /cart'], ...facts }
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

const fault = (statuses: Readonly<Record<string, number>>, servers = [aServer()], more: Partial<LoadResult> = {}) =>
  askedOnceFault(Object.keys(statuses).map(parseRequest), answers(named(statuses), more), makePlan({}), servers)

const named = (statuses: Readonly<Record<string, number>>) =>
  Object.fromEntries(Object.entries(statuses).map(([text, status]) => [parseRequest(text).name!, status]))

test('what is answered as expected is loaded', () => {
  expect(fault({ '/t': 200, '/u': 302 })).toBeUndefined()
})

test('a wrong status is told with its request, server, port and way out', () => {
  expect(fault({ '/t': 401 })).toBe(
    'unexpected status of GET /t: 401 from the server at nginx.conf:14 (port 8080 of the conf), asked once before the load; expected 200-399.' +
      " It wants credentials: --header 'Authorization: ...', in a test headers." +
      " Mend the request or the conf; where 401 is meant: --expect-status 401, in a test expectStatus: '401'.",
  )
})

test.each([
  ['/carts', ' Its nearest location is /cart.'],
  ['/checkout', ' It has the locations /t, = /cart.'],
])('a path that no location is for, %s, is told where there are some', (path, words) => {
  expect(fault({ [path]: 404 }, [aServer({ locations: ['/t', '= /cart'] })])).toContain(
    `expected 200-399.${words} Mend`,
  )
})

test('where a location has the path, or one may have it by a pattern, the status is its own', () => {
  expect(fault({ '/t/1': 404 })).toContain('expected 200-399. Mend')
  expect(fault({ '/checkout': 404 }, [aServer({ locations: ['~ ^/ch'] })])).toContain('expected 200-399. Mend')
})

test('all that are answered wrongly are told at once, up to five', () => {
  const lines = fault(Object.fromEntries(['/a', '/b', '/c', '/d', '/e', '/f', '/g'].map((path) => [path, 500])))!
  expect(lines.split('\n')).toHaveLength(6)
  expect(lines.split('\n')[5]).toBe('and 2 more requests')
})

test('an answer that never comes is told with its limit and the option', () => {
  const more = { gaveUp: '2 requests in a row timed out', errors: { connect: 0, reset: 0, timeout: 2, closed: 0 } }
  expect(fault({ '/t': 200, '/slow': 0 }, [aServer()], more)).toBe(
    'no answer to GET /slow from the server at nginx.conf:14 (port 8080 of the conf), asked before the load with 10 s to answer: 2 requests in a row timed out\n' +
      '2 tries timed out. Where an answer needs longer: --timeout 30s, in a test timeoutS: 30.',
  )
})

const SERVERS = [
  aServer({ place: 'a', names: ['a.test'], ports: [8080, 8443] }),
  aServer({ place: 'b', names: ['*.b.test', 'c.*'], ports: [8080] }),
  aServer({ place: 'd', names: ['_'], ports: [8080], defaultOf: [8080] }),
]

test.each<[RequestInput, string]>([
  ['/t', 'the server at d (port 8080 of the conf)'],
  [{ path: '/t', headers: { host: 'A.test' } }, 'the server a.test at a (port 8080 of the conf)'],
  ['http://x.b.test:8080/t', 'the server *.b.test at b (port 8080 of the conf)'],
  ['http://c.org:8080/t', 'the server *.b.test at b (port 8080 of the conf)'],
  ['https://other.test:8443/t', 'the server a.test at a (port 8443 of the conf)'],
  ['http://a.test:9000/t', 'the server on port 9000 of the conf'],
])('%j is answered by whom nginx would choose', (request, words) => {
  expect(answeringWords(answeringServer(parseRequest(request), SERVERS))).toBe(words)
})

test('names by regular expressions are not guessed at', () => {
  const servers = [...SERVERS, aServer({ names: ['~^api'] })]
  expect(answeringWords(answeringServer(parseRequest('/t'), servers))).toBe('the server on port 8080 of the conf')
})
