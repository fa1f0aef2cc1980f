import { describe, expect, test } from 'vitest'
import { keptDifferences } from '../../../../plugin/compare/judge/kept-difference.js'
import { GARBAGE_BURSTS, garbagePerRequest } from '../../../../plugin/compare/run/garbage.js'
import type { KeptRate } from '../../../../plugin/types/compare/result.js'
import type { Snapshot } from '../../../../plugin/types/snapshot.js'
import { snapshot } from '../../heap/build.js'

function kept(objectsPerRequest: number, overrides: Partial<KeptRate> = {}): KeptRate {
  const bytesPerRequest = 40 * objectsPerRequest
  const requests = 51_651
  return {
    path: 'registry.a[*]',
    source: 'a.lua:1',
    objectsPerRequest,
    bytesPerRequest,
    entriesPerRequest: 0,
    requests,
    ...overrides,
  }
}

describe('what is kept per request', () => {
  test('is more where base keeps nothing, with both rates', () => {
    expect(keptDifferences([], [kept(1)])).toEqual([
      {
        path: 'registry.a[*]',
        source: 'a.lua:1',
        objectsPerRequest: { base: 0, head: 1 },
        bytesPerRequest: { base: 0, head: 40 },
        entriesPerRequest: { base: 0, head: 0 },
        call: 'more',
      },
    ])
  })

  test('is less where head no longer keeps it', () => {
    expect(keptDifferences([kept(1)], [])).toMatchObject([{ call: 'less', objectsPerRequest: { base: 1, head: 0 } }])
  })

  test.each([
    ['the same leak', 1, 1, 'same'],
    ['a rate by chance that differs by chance', 0.01, 0.0105, 'same'],
    ['one that doubled', 0.01, 0.02, 'more'],
    ['a leak that became half as fast', 2, 1, 'less'],
  ] as const)('%s', (_what, base, head, call) => {
    expect(keptDifferences([kept(base)], [kept(head)])).toMatchObject([{ call }])
  })

  test('off the heap is the same within what allocators keep in hand', () => {
    const malloc = (bytesPerRequest: number) => kept(0, { path: 'process.malloc', bytesPerRequest })
    expect(keptDifferences([malloc(2016)], [malloc(2017)])).toMatchObject([{ call: 'same' }])
    expect(keptDifferences([malloc(2016)], [malloc(4032)])).toMatchObject([{ call: 'more' }])
  })

  test('counts entries, or bytes, where no object is kept', () => {
    const entries = (rate: number) => kept(0, { entriesPerRequest: rate })
    expect(keptDifferences([entries(1)], [entries(3)])).toMatchObject([{ call: 'more' }])
    const bytes = (rate: number) => kept(0, { bytesPerRequest: rate })
    expect(keptDifferences([bytes(100)], [bytes(100)])).toMatchObject([{ call: 'same' }])
  })
})

describe('garbage per request', () => {
  const { short, long, times } = GARBAGE_BURSTS

  function holding(objects: number, bytes: number): Snapshot[] {
    const taken = snapshot({ registry: { table: 1 } })
    return [
      { ...taken, vms: taken.vms.map((vm) => ({ ...vm, garbage: { table: [objects, bytes], trace: [objects, 9] } })) },
    ]
  }

  /** What each connection and request leaves; `collected` objects go in these bursts. */
  function bursts(collected: (burst: number) => number) {
    return Array.from({ length: 2 * times }, (_, burst) => {
      const requests = burst % 2 === 0 ? short : long
      const objects = 7 + 3 * requests - collected(burst)
      return { requests, before: holding(1000, 40_000), after: holding(1000 + objects, 40_000 + 40 * objects) }
    })
  }

  test('is exact where the collector slept, without what a connection costs', () => {
    expect(garbagePerRequest(bursts(() => 0))).toEqual({ objectsPerRequest: 3, bytesPerRequest: 120 })
  })

  test('is exact where the collector took some of it in some bursts', () => {
    const found = garbagePerRequest(bursts((burst) => (burst === 2 || burst === 5 ? 500 : 0)))
    expect(found).toEqual({ objectsPerRequest: 3, bytesPerRequest: 120 })
  })

  test('is not told where bursts differ', () => {
    expect(garbagePerRequest(bursts((burst) => burst))).toBeNull()
  })
})
