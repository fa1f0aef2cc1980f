import { expect, test } from 'vitest'
import { attribute, type GroupRound } from '../../../../plugin/heap/growth/attribution.js'

const names = (amount: number) => Array.from({ length: amount }, (_, n) => `GET /${n}`)

/** Loads what is asked for until nothing more is, where each request gains by its own rate. */
function attributed(all: readonly string[], rates: Readonly<Record<string, number>>, noise = 0) {
  const rounds: GroupRound[] = []
  for (;;) {
    const { byRequest, next } = attribute(all, rounds)
    if (next.length === 0) return { byRequest, rounds }
    for (const requests of next) {
      const gains = requests.reduce((sum, name) => sum + (rates[name] ?? 0), 0)
      rounds.push({ requests, rate: gains / requests.length + (rounds.length % 2 ? noise : -noise) })
    }
  }
}

test('sends each of a few requests alone', () => {
  const { byRequest, rounds } = attributed(['GET /a', 'GET /b'], { 'GET /a': 1 })
  expect(byRequest).toEqual([
    { request: 'GET /a', perRequest: 1 },
    { request: 'GET /b', perRequest: 0 },
  ])
  expect(rounds).toHaveLength(2)
})

test.each([
  [['GET /37']],
  [['GET /0']],
  [['GET /99']],
  [['GET /12', 'GET /63']],
  [['GET /12', 'GET /13']],
  [['GET /1', 'GET /30', 'GET /80']],
])('finds %o of a hundred, in far fewer rounds', (leaking) => {
  const rates = Object.fromEntries(leaking.map((name, index) => [name, 1 + index]))
  const { byRequest, rounds } = attributed(names(100), rates)
  expect(byRequest).toHaveLength(100)
  expect(
    Object.fromEntries(
      byRequest.filter((share) => share.perRequest > 0).map((share) => [share.request, share.perRequest]),
    ),
  ).toEqual(rates)
  expect(byRequest.every(({ together }) => together === undefined)).toBe(true)
  expect(rounds.length).toBeLessThan(3 + 2 + 9 * leaking.length)
})

test('is not led astray by what else moves a little', () => {
  const { byRequest } = attributed(names(100), { 'GET /37': 1 }, 0.0001)
  expect(byRequest.filter(({ perRequest }) => perRequest > 0.01).map(({ request }) => request)).toEqual(['GET /37'])
})

test('tells after three samples that all requests run what leaks', () => {
  const all = names(100)
  const { byRequest, rounds } = attributed(all, Object.fromEntries(all.map((name) => [name, 2])))
  expect(rounds).toHaveLength(3)
  expect(byRequest).toEqual(all.map((request) => ({ request, perRequest: 2, together: 100 })))
})

test('says of what is not told apart yet how many share it', () => {
  const all = names(16)
  const alone = [0, 8, 15].map((n) => ({ requests: [all[n]!], rate: 0 }))
  const halves = [
    { requests: all.slice(0, 8), rate: 0.125 },
    { requests: all.slice(8), rate: 0 },
  ]
  const { byRequest, next } = attribute(all, [...alone, ...halves])
  expect(byRequest.filter(({ together }) => together === 8)).toEqual(
    all.slice(0, 8).map((request) => ({ request, perRequest: 0.125, together: 8 })),
  )
  expect(next).toEqual([all.slice(0, 4)])
})
