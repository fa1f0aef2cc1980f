import { expect, test } from 'vitest'
import { compareStored, storedResult } from '../../../../plugin/compare/judge/stored.js'
import { DEFAULT_MINIMUMS } from '../../../../plugin/compare/judge/thresholds.js'
import { aKept, aLoad, aResult } from '../build.js'

const RULES = { level: 0.01, minimums: DEFAULT_MINIMUMS, failOn: 'either' as const, anyTimes: false }
const elsewhere = { ...aResult().environment, cpu: 'another cpu', cores: 8 }

test('times of one environment are compared', () => {
  const found = compareStored(aResult(), aResult({ tasks: [aLoad(1.3)] }), RULES)
  expect(found.times.map(({ call }) => call)).toEqual(['slower', 'slower'])
  expect(found.notes).toEqual([])
})

test('times of different environments are not, and what differs is said; memory is', () => {
  const memory = { ...aResult().memory!, verdict: 'leak' as const, kept: [aKept()] }
  const found = compareStored(aResult(), aResult({ environment: elsewhere, tasks: [aLoad(9)], memory }), RULES)
  expect(found.times).toEqual([])
  expect(found.notes).toEqual([
    'times were not compared, the environments differ (cpu: a cpu / another cpu; cores: 2 / 8). --any-environment compares them all the same.',
  ])
  expect(found.memory?.kept).toMatchObject([{ call: 'more' }])
  expect(found.passed).toBe(false)
})

test('they are compared where that is asked for, which is said', () => {
  const head = aResult({ environment: elsewhere, tasks: [aLoad(1.3)] })
  const found = compareStored(aResult(), head, { ...RULES, anyTimes: true })
  expect(found.times.map(({ call }) => call)).toEqual(['slower', 'slower'])
  expect(found.notes[0]).toMatch(/^times are of different environments/)
})

test('of a stored comparison its head is taken', () => {
  const head = aResult({ tasks: [aLoad(2)] })
  const comparison = compareStored(aResult(), head, RULES)
  expect(storedResult(JSON.parse(JSON.stringify(comparison)), 'a.json')).toEqual(head)
})

test.each([[null], [{}], [{ format: 'resty-heap/1' }], [{ format: 'openresty-leak-bench/1' }]])(
  '%j is refused by name',
  (value) => {
    expect(() => storedResult(value, 'a.json')).toThrow(/^a\.json holds /)
  },
)
