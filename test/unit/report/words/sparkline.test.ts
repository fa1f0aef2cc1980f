import { expect, test } from 'vitest'
import { rate } from '../../../../plugin/base/number.js'
import { ratesOf } from '../../../../plugin/report/words/rounds.js'
import { sparkline, trend, trendWords } from '../../../../plugin/report/words/sparkline.js'
import { aReport } from '../build.js'

test('the largest is the highest, nothing is the lowest, and no block is full', () => {
  expect(sparkline([1, 2, 3, 4, 5, 6, 7])).toBe('▁▂▃▄▅▆▇')
  expect(sparkline([0, -5, 100])).toBe('▁▁▇')
  expect(sparkline([0, 0])).toBe('▁▁')
  expect(sparkline([])).toBe('')
})

test('rates that hardly differ are level in a word', () => {
  expect(trend([1, 0.998, 1.001])).toBe('level')
  expect(trend([1, 0.5])).toBe('▇▄')
  expect(trend([0, 0])).toBe('▁▁')
  expect(trend([])).toBe('')
})

test('a round that lost a little next to what others gained gained nothing', () => {
  expect(trendWords([-0.00025, 1, 1], rate)).toBe('▁▇▇  0 to 1.00/request')
  expect(trendWords([1, 1, 1], rate)).toBe('level, 1.00/request in each')
  expect(trendWords([-2, 1, 1], rate)).toBe('▁▇▇  -2.00 to 1.00/request')
})

test('rounds of different lengths are told by their rates', () => {
  const { requests } = aReport()
  expect(ratesOf([3929, 0, 6263 / 2], requests)).toEqual([1, 0, 0.5])
  expect(ratesOf([1, 1, 1, 1, 1, 7], requests)[5]).toBe(0)
})
