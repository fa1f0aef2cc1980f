import { describe, expect, test } from 'vitest'
import {
  mannWhitneyP,
  median,
  medianInterval,
  normalQuantile,
  shiftInterval,
  signedRankP,
  upperTail,
} from '../../../../plugin/compare/times/statistics.js'
import { randomFrom } from '../../../../plugin/load/plan/template.js'

const upTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1)

/** Normal deviates (Box and Muller) from a fixed seed. */
function normals(seed: number): () => number {
  const random = randomFrom(seed)
  return () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
}

test('the median of an even number of values is between the middle ones', () => {
  expect([median([3, 1, 2]), median([4, 1, 3, 2]), median([7])]).toEqual([2, 2.5, 7])
})

describe('the interval of the median', () => {
  test('has the ranks that tables give', () => {
    // Conover, table A3: n = 20 at 95 % takes the 6th and 15th value, at 99 % the 4th and 17th; n = 10 at 95 % the 2nd and 9th.
    expect(medianInterval(upTo(20), 0.05)).toEqual([6, 15])
    expect(medianInterval(upTo(20), 0.01)).toEqual([4, 17])
    expect(medianInterval(upTo(10), 0.05)).toEqual([2, 9])
  })

  test('is unbounded where no two values are enough for the confidence', () => {
    expect(medianInterval(upTo(7), 0.01)).toEqual([Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY])
    expect(medianInterval(upTo(8), 0.01)).toEqual([1, 8])
  })

  test('holds the true median as often as it says', () => {
    const normal = normals(1)
    const missed = upTo(2000).filter(() => {
      const [low, high] = medianInterval(
        upTo(24).map(() => Math.exp(normal())),
        0.05,
      )
      return low > 1 || high < 1
    })
    // 4.2 % is what whole ranks leave of the 5 %; 2,000 tries scatter by less than 2 %.
    expect(missed.length / 2000).toBeLessThan(0.062)
    expect(missed.length / 2000).toBeGreaterThan(0.022)
  })
})

describe('the signed-rank test', () => {
  test('gives the probabilities of the tables', () => {
    expect(signedRankP([1, 2, 3, 4, 5])).toBeCloseTo(2 / 32, 12)
    // W = 3 of n = 8: patterns with a rank sum of 3 or less are {}, 1, 2, 3, 1+2.
    expect(signedRankP([-1, -2, 3, 4, 5, 6, 7, 8])).toBeCloseTo((2 * 5) / 256, 12)
    expect(signedRankP([1, -1])).toBe(1)
  })

  test('leaves zeros out, and shares ranks among equals', () => {
    expect(signedRankP([0, 0, 1, 2, 3, 4, 5])).toBe(signedRankP([1, 2, 3, 4, 5]))
    expect(signedRankP([2, 2, 2, 2, 2])).toBeCloseTo(2 / 32, 12)
    expect(signedRankP([0, 0])).toBe(1)
    expect(signedRankP([])).toBe(1)
  })

  test('rejects no more often than its level where nothing differs', () => {
    const normal = normals(2)
    const rejected = upTo(2000).filter(() => signedRankP(upTo(24).map(normal)) < 0.01)
    expect(rejected.length).toBeLessThan(35)
  })
})

describe('the Mann-Whitney test', () => {
  test('comes close to the exact probability', () => {
    // All of one sample above the other, 8 and 8: exactly 2 / C(16, 8) = 0.000155.
    expect(
      mannWhitneyP(
        upTo(8),
        upTo(8).map((value) => value + 8),
      ),
    ).toBeLessThan(0.002)
    expect(mannWhitneyP([1, 3, 5, 7], [2, 4, 6, 8])).toBeGreaterThan(0.5)
    expect(mannWhitneyP([1, 1], [1, 1])).toBe(1)
  })

  test('rejects no more often than its level where nothing differs', () => {
    const normal = normals(3)
    const rejected = upTo(2000).filter(() => mannWhitneyP(upTo(20).map(normal), upTo(20).map(normal)) < 0.01)
    expect(rejected.length).toBeLessThan(35)
  })
})

test('the interval of a shift holds the shift', () => {
  const from = upTo(20)
  const { shift, interval } = shiftInterval(
    from,
    from.map((value) => value + 100),
    2.576,
  )
  expect(shift).toBe(100)
  expect(interval[0]).toBeGreaterThan(85)
  expect(interval[1]).toBeLessThan(115)
  expect(shiftInterval([1, 2], [3, 4], 2.576).interval).toEqual([Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY])
})

test('quantiles and tails of the normal are those of the tables', () => {
  expect(normalQuantile(0.005)).toBeCloseTo(2.5758, 3)
  expect(normalQuantile(0.025)).toBeCloseTo(1.96, 3)
  expect(upperTail(1)).toBeCloseTo(0.158655, 5)
})
