import { expect, test } from 'vitest'
import { ratesOf } from '../../../../plugin/report/words/rounds.js'
import { sparkline } from '../../../../plugin/report/words/sparkline.js'
import { aReport } from '../build.js'

test('the largest is as high as a line, nothing is the lowest', () => {
  expect(sparkline([1, 2, 3, 4, 5, 6, 7, 8])).toBe('▁▂▃▄▅▆▇█')
  expect(sparkline([0, -5, 100])).toBe('▁▁█')
  expect(sparkline([0, 0])).toBe('▁▁')
  expect(sparkline([])).toBe('')
})

test('rounds of different lengths are told by their rates', () => {
  const { requests } = aReport()
  expect(ratesOf([3929, 0, 6263 / 2], requests)).toEqual([1, 0, 0.5])
  expect(ratesOf([1, 1, 1, 1, 1, 7], requests)[5]).toBe(0)
})
