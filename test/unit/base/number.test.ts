import { describe, expect, test } from 'vitest'
import { count, gain, percent, plural, rate, size, sizeGain, sizeRate } from '../../../plugin/base/number.js'

describe('numbers in reports', () => {
  test('thousands are separated', () => {
    expect([count(20157), gain(20157), gain(0), gain(-3)]).toEqual(['20,157', '+20,157', '+0', '-3'])
  })

  test.each([0, 7, 999, 1000, 12_345, 999_999, 1e6, 123_456_789, 1e12, -1, -999, -1000, -1_234_567])(
    'thousands are separated as English has it: %d',
    (value) => {
      expect([count(value), rate(value * 10 + 0.25)]).toEqual([
        value.toLocaleString('en-US'),
        (value * 10 + 0.25).toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 }),
      ])
    },
  )

  test('sizes use decimal units and drop a zero decimal', () => {
    expect([0, 42, 999, 1000, 64_000, 848_610, 262_144, 999_949, 999_950, 1e6, 2.5e9, 4e12, -1500].map(size)).toEqual([
      '0 B',
      '42 B',
      '999 B',
      '1 KB',
      '64 KB',
      '848.6 KB',
      '262.1 KB',
      '999.9 KB',
      '1 MB',
      '1 MB',
      '2.5 GB',
      '4000 GB',
      '-1.5 KB',
    ])
    expect([sizeGain(848_610), sizeGain(-1500)]).toEqual(['+848.6 KB', '-1.5 KB'])
  })

  test('a rate keeps two decimals, or two digits when it is small', () => {
    expect([1, 0.9996, 2.345, 1234.5, 0.33, 0.1, 0.05, 0.001, 0.00123, 0].map(rate)).toEqual([
      '1.00',
      '1.00',
      '2.35',
      '1,234.50',
      '0.33',
      '0.10',
      '0.050',
      '0.0010',
      '0.0012',
      '0',
    ])
  })

  test('bytes per request stay in bytes where people compare them', () => {
    expect([42.1, 2016, 4.24, 0.042, 0, 9.96, 3e6].map(sizeRate)).toEqual([
      '42 B',
      '2,016 B',
      '4.2 B',
      '0.042 B',
      '0 B',
      '10 B',
      '3 MB',
    ])
  })

  test('only a whole is 100 %', () => {
    expect([percent(1), percent(0.99999), percent(0.5)]).toEqual(['100 %', '99.9 %', '50 %'])
  })

  test('one is singular', () => {
    expect([plural(1, 'path'), plural(2, 'path'), plural(0, 'entry', 'entries')]).toEqual([
      '1 path',
      '2 paths',
      '0 entries',
    ])
  })
})
