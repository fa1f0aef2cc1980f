import { expect, test } from 'vitest'
import { compileTemplate, randomFrom } from '../../../../plugin/load/plan/template.js'

const values = (n = 7, random = 0) => ({ n, random: () => random })

test('is null where there is nothing to fill in', () => {
  expect(compileTemplate('/users/{id}?q={"a":{}}')).toBeNull()
})

test('fills in the number of the request', () => {
  expect(compileTemplate('/t?n={n}&again={n}{x}')?.(values(41))).toBe('/t?n=41&again=41{x}')
})

test('fills in a new uuid each time', () => {
  const fill = compileTemplate('{uuid} {uuid}')!
  const [first, second] = fill(values()).split(' ')
  expect(first).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  expect(second).not.toBe(first)
})

test.each([
  [0, '-2'],
  [0.999999, '3'],
])('takes both ends of a range', (random, expected) => {
  expect(compileTemplate('{random:-2-3}')?.(values(0, random))).toBe(expected)
})

test('refuses a range that descends', () => {
  expect(() => compileTemplate('/t?{random:9-1}')).toThrow(
    '{random:9-1} descends: write the smaller number first, {random:1-9}',
  )
})

test('draws the same numbers from the same seed, spread over the range', () => {
  const draw = (seed: number) => Array.from({ length: 1000 }, randomFrom(seed))
  expect(draw(3)).toEqual(draw(3))
  expect(draw(3)).not.toEqual(draw(4))
  expect(Math.min(...draw(3))).toBeLessThan(0.01)
  expect(Math.max(...draw(3))).toBeGreaterThan(0.99)
  expect(Math.max(...draw(3))).toBeLessThan(1)
})
