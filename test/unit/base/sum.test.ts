import { expect, test } from 'vitest'
import { sumBy, sumOf } from '../../../plugin/base/sum.js'

test('numbers are added in their order, and none of them are 0', () => {
  expect(sumOf([1, 2, 3.5])).toBe(6.5)
  expect(sumOf([1e16, 1, -1e16])).toBe(1e16 + 1 - 1e16)
  expect(sumOf(new Map([['a', 2]]).values())).toBe(2)
  expect(sumOf([])).toBe(0)
})

test('one number of each item is added', () => {
  expect(sumBy([{ bytes: 40 }, { bytes: 2 }], ({ bytes }) => bytes)).toBe(42)
  expect(sumBy([], Number)).toBe(0)
})
