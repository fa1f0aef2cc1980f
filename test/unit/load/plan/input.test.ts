import { expect, test } from 'vitest'
import { type LoadInput, parseLoadInput } from '../../../../plugin/load/plan/input.js'
import type { LoadPlan } from '../../../../plugin/types/load.js'

function planOf(input: LoadInput): LoadPlan {
  const job = parseLoadInput(input)
  if (job.kind !== 'requests') throw new Error('these are no requests')
  return job.plan
}

test('drives one request for ten seconds unless something else is said', () => {
  expect(planOf({ request: '/t' })).toEqual({
    requests: [{ name: 'GET /t', method: 'GET', path: '/t', weight: 1 }],
    amount: Number.POSITIVE_INFINITY,
    durationS: 10,
    connections: 10,
    expectStatus: [[200, 399]],
  })
})

test('an amount needs no duration, and no more connections than requests', () => {
  expect(planOf({ request: '/t', amount: 3 })).toMatchObject({ amount: 3, connections: 3 })
  expect(planOf({ request: '/t', amount: 3 })).not.toHaveProperty('durationS')
})

test('reads every option', () => {
  const input: LoadInput = {
    request: ['/t'],
    connections: 50,
    threads: 2,
    duration: '1.5m',
    amount: 1000,
    rate: 500,
    timeout: '250ms',
    expectStatus: '200,404',
    script: new URL('file:///tmp/load.mjs'),
    firstNumber: 7,
  }
  expect(planOf(input)).toEqual({
    requests: [{ name: 'GET /t', method: 'GET', path: '/t', weight: 1 }],
    amount: 1000,
    durationS: 90,
    connections: 50,
    threads: 2,
    rate: 500,
    timeoutS: 0.25,
    expectStatus: [
      [200, 200],
      [404, 404],
    ],
    script: 'file:///tmp/load.mjs',
    firstNumber: 7,
  })
})

test("gives method, headers and body to requests that don't name their own", () => {
  const { requests } = planOf({
    requests: ['/a', 'GET /b', { path: '/c', headers: { A: '2' }, body: 'own' }, { path: '/d', method: 'PUT' }],
    method: 'POST',
    headers: { A: '1', B: '1' },
    body: 'all',
  })
  expect(requests).toEqual([
    { name: 'POST /a', method: 'POST', path: '/a', weight: 1, headers: { A: '1', B: '1' }, body: 'all' },
    { name: 'GET /b', method: 'GET', path: '/b', weight: 1, headers: { A: '1', B: '1' }, body: 'all' },
    { name: 'POST /c', method: 'POST', path: '/c', weight: 1, headers: { A: '2', B: '1' }, body: 'own' },
    { name: 'PUT /d', method: 'PUT', path: '/d', weight: 1, headers: { A: '1', B: '1' }, body: 'all' },
  ])
})

test.each<[LoadInput, RegExp]>([
  [{}, /^the plan has no requests/],
  [{ request: '/t', requests: ['/t'] }, /^request and requests exclude each other/],
  [
    { request: '/t', connection: 3 } as LoadInput,
    /^load has no option 'connection'; did you mean connections\? Legal: request,/,
  ],
  [{ request: '/t', pipelining: 3 } as LoadInput, /^load has no option 'pipelining'\. Legal: /],
  [{ request: '/t', duration: '10' }, /^duration '10' can't be read: write '10s', '500ms'/],
  [{ request: '/t', timeout: '-1s' }, /^timeout '-1s' can't be read/],
  [{ request: '/t', duration: 0 }, /^duration 0 makes no sense/],
  [{ request: '/t', amount: 5, connections: 10 }, /^10 connections are more than 5 requests/],
  [{ request: '/t', expectStatus: '2xx' }, /^'2xx' is no status range/],
  [{ request: '/t', headers: { 'a b': '' } }, /header name 'a b' is not legal/],
])('refuses %j', (input, message) => {
  expect(() => parseLoadInput(input)).toThrow(message)
})
