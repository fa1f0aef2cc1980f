import { describe, expect, test } from 'vitest'
import { acceptGrowths, baselineKey, exceeding, staleEntries } from '../../../plugin/budget/baseline.js'
import { toBaselineGrowth } from '../../../plugin/budget/baseline-growth.js'
import { updatedEntries } from '../../../plugin/budget/baseline-update.js'
import { aGrowth, aProcessGrowth } from '../report/build.js'

const evidence = { requests: 50_000, idleS: 1.7 }
const PATH = 'registry._LOADED.demo.go.^foo[*]'
const accepted = { class: 'leak', objectsPerRequest: 1, entriesPerRequest: 1, bytesPerRequest: 42 } as const

describe('a growth', () => {
  const over = (growth: Parameters<typeof aGrowth>[0]) => exceeding(aGrowth(growth), accepted, evidence)

  test('is within what is accepted up to a tenth more, and what chance adds to that', () => {
    expect(over({ bytesPerRequest: 46 })).toEqual([])
    expect(over({ objectsPerRequest: 1.11 })).toEqual([])
  })

  test('exceeds it by what is more than that, each rate by itself', () => {
    expect(over({ objectsPerRequest: 1.13, bytesPerRequest: 50 })).toEqual([
      { path: PATH, metric: 'objectsPerRequest', limit: 1, actual: 1.13, level: 'error', by: 'baseline' },
      { path: PATH, metric: 'bytesPerRequest', limit: 42, actual: 50, level: 'error', by: 'baseline' },
    ])
  })

  test('so rare that chance rules may come twice as often', () => {
    const rare = { class: 'leak', objectsPerRequest: 0.0004 } as const
    const often = (rate: number) =>
      exceeding(aGrowth({ objectsPerRequest: rate, entriesPerRequest: 0, bytesPerRequest: 0 }), rare, evidence)
    expect(often(0.0009)).toEqual([])
    expect(often(0.001)).toHaveLength(1)
  })

  test('by the clock is judged by the second, not by the request', () => {
    const ticking = { class: 'clock', perSecond: 20 } as const
    const growth = aGrowth({ class: 'clock', perSecond: 25, objectsPerRequest: 99 })
    expect(exceeding(growth, ticking, evidence)).toEqual([])
    expect(exceeding({ ...growth, perSecond: 45 }, ticking, evidence)).toMatchObject([{ metric: 'perSecond' }])
  })

  test('that became one by the clock is not covered by what was accepted by the request', () => {
    expect(exceeding(aGrowth({ class: 'clock', perSecond: 20 }), accepted, evidence)).toMatchObject([
      { metric: 'perSecond', limit: 0 },
    ])
  })
})

describe('accepting', () => {
  test('writes rates of three digits, by path in order, and no rate that is none', () => {
    const growths = [
      aGrowth({ bytesPerRequest: 42.123 }),
      aGrowth({ vm: 'stream', path: 'globals.a[*]', objectsPerRequest: 0 }),
      aGrowth({ path: 'globals.t[*]', class: 'clock', perSecond: 20.04 }),
    ]
    expect(Object.entries(acceptGrowths(growths, {}, evidence))).toEqual([
      ['globals.t[*]', { class: 'clock', perSecond: 20 }],
      [PATH, { class: 'leak', objectsPerRequest: 1, entriesPerRequest: 1, bytesPerRequest: 42.1 }],
      ['stream globals.a[*]', { class: 'leak', entriesPerRequest: 1, bytesPerRequest: 42.1 }],
    ])
  })

  test('keeps an entry that still fits, so that the file does not change by chance', () => {
    expect(acceptGrowths([aGrowth({ bytesPerRequest: 41 })], { [PATH]: accepted }, evidence)).toEqual({
      [PATH]: accepted,
    })
  })

  test('renews an entry that is exceeded, and one that is far too generous', () => {
    for (const rate of [2, 0.5]) {
      const growth = aGrowth({ objectsPerRequest: rate })
      expect(acceptGrowths([growth], { [PATH]: accepted }, evidence)).toMatchObject({
        [PATH]: { objectsPerRequest: rate },
      })
    }
  })
})

test('an update tells of each entry whether it is new, changed, kept or removed', () => {
  const [old, slow, fast] = [accepted, { ...accepted, objectsPerRequest: 2 }, { ...accepted, objectsPerRequest: 3 }]
  const before = { 'globals.kept[*]': old, 'globals.more[*]': slow, 'globals.gone[*]': old }
  expect(updatedEntries(before, { 'globals.more[*]': fast, 'globals.kept[*]': old, 'globals.a[*]': old })).toEqual([
    { path: 'globals.a[*]', change: 'new', accepts: old },
    { path: 'globals.gone[*]', change: 'removed', accepted: old },
    { path: 'globals.kept[*]', change: 'kept', accepts: old, accepted: old },
    { path: 'globals.more[*]', change: 'changed', accepts: fast, accepted: slow },
  ])
})

test('an entry at which nothing grows is stale', () => {
  const growth = aGrowth()
  expect(staleEntries({ [PATH]: accepted, 'globals.old[*]': accepted }, [growth])).toEqual(['globals.old[*]'])
  expect(baselineKey({ ...growth, vm: 'stream' })).toBe(`stream ${PATH}`)
})

describe('growth off the Lua heap', () => {
  const held = aProcessGrowth({ holder: 'registry._LOADED.certs.get.^all[*]', vm: 'stream' })
  const section = acceptGrowths([aProcessGrowth(), held].map(toBaselineGrowth), {}, evidence)

  test('is accepted by holder, with its rates', () => {
    expect(section).toEqual({
      'process.malloc.lost': { class: 'leak', objectsPerRequest: 1, bytesPerRequest: 912 },
      'stream process.malloc["registry._LOADED.certs.get.^all[*]"]': {
        class: 'leak',
        objectsPerRequest: 1,
        bytesPerRequest: 912,
      },
    })
    expect(
      exceeding(toBaselineGrowth(aProcessGrowth({ bytesPerRequest: 950 })), section['process.malloc.lost']!, evidence),
    ).toEqual([])
  })

  test('of more bytes than were accepted exceeds them', () => {
    const more = toBaselineGrowth(aProcessGrowth({ bytesPerRequest: 2000 }))
    expect(exceeding(more, section['process.malloc.lost']!, evidence)).toMatchObject([
      { path: 'process.malloc.lost', metric: 'bytesPerRequest', limit: 912, actual: 2000, by: 'baseline' },
    ])
  })

  test('by the clock is accepted by its events, since bytes all come at once', () => {
    const ticking = toBaselineGrowth(aProcessGrowth({ class: 'clock', perSecond: 9120 }))
    expect(ticking.perSecond).toBe(10)
    const [accepted] = Object.values(acceptGrowths([ticking], {}, evidence))
    expect(accepted).toEqual({ class: 'clock', perSecond: 10 })
  })
})
