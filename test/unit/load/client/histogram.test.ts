import { describe, expect, test } from 'vitest'
import { Histogram } from '../../../../plugin/load/client/histogram.js'

function histogramOf(...values: number[]): Histogram {
  const histogram = new Histogram()
  for (const value of values) histogram.record(value)
  return histogram
}

const oneToTenThousand = Array.from({ length: 10_000 }, (_, index) => index + 1)

test('is all zero before anything was recorded', () => {
  const { count, min, max, mean, stdev } = histogramOf()
  expect({ count, min, max, mean, stdev }).toEqual({ count: 0, min: 0, max: 0, mean: 0, stdev: 0 })
  expect(histogramOf().percentile(99)).toBe(0)
  expect(histogramOf().shareWithin(1)).toBe(0)
})

test('tells microseconds apart below two milliseconds', () => {
  const histogram = histogramOf(17, 18, 1999, 2047)
  expect([25, 50, 75, 100].map((percent) => histogram.percentile(percent))).toEqual([17, 18, 1999, 2047])
})

test.each([50, 75, 90, 99, 99.9, 100])('finds percentile %d to three significant digits, never too low', (percent) => {
  const exact = percent * 100
  const found = histogramOf(...oneToTenThousand).percentile(percent)
  expect(found).toBeGreaterThanOrEqual(exact)
  expect(found).toBeLessThanOrEqual(exact * 1.001)
})

test('keeps mean, deviation and both ends exact', () => {
  const histogram = histogramOf(2, 4, 4, 4, 5, 5, 7, 9)
  expect(histogram).toMatchObject({ count: 8, min: 2, max: 9, mean: 5, stdev: 2 })
  expect(histogram.shareWithin(1)).toBe(6 / 8)
})

test('rounds to whole microseconds and counts what is out of range at its end', () => {
  const histogram = histogramOf(-1, 0.4, 1.6, 1e12)
  expect([1, 50, 75].map((percent) => histogram.percentile(percent))).toEqual([0, 0, 2])
  expect(histogram.max).toBe(2 ** 31 - 1)
})

describe('as plain JSON', () => {
  test('comes back the same', () => {
    const histogram = histogramOf(...oneToTenThousand, 3_000_000)
    const back = Histogram.from(JSON.parse(JSON.stringify(histogram)))
    expect(back.toJSON()).toEqual(histogram.toJSON())
    expect(back.percentile(99.9)).toBe(histogram.percentile(99.9))
  })

  test('adds up to what one histogram of everything would hold', () => {
    const sum = histogramOf()
    sum.add(histogramOf(...oneToTenThousand.filter((value) => value % 3 === 0)))
    sum.add(Histogram.from(histogramOf(...oneToTenThousand.filter((value) => value % 3 !== 0)).toJSON()))
    sum.add(Histogram.from(histogramOf().toJSON()))
    expect(sum.toJSON()).toEqual(histogramOf(...oneToTenThousand).toJSON())
  })
})
