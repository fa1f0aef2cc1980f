import { describe, expect, test } from 'vitest'
import { bytesUntilCollected, type CollectedVm } from '../../../plugin/heap/collection.js'
import type { CollectorState } from '../../../plugin/types/snapshot.js'

const atRest: CollectorState = {
  state: 'pause',
  threshold: 2_000_000,
  estimate: 1_000_000,
  debt: 0,
  pause: 200,
  stepMul: 200,
}

function aVm(gc: Partial<CollectorState> = {}, more: Partial<CollectedVm> = {}): CollectedVm {
  return {
    build: 'openresty 2021-12..2024-03 gc64',
    gc: { ...atRest, ...gc },
    gcTotal: 1_500_000,
    total: { table: [1000, 200_000], string: [1000, 50_000] },
    reachable: { table: [900, 180_000], string: [900, 45_000] },
    internals: { stringTable: 8 * 1024 },
    ...more,
  }
}

describe('what a VM allocates until its garbage is gone', () => {
  test('is what is left until the threshold, and what the steps of a collection take', () => {
    const untilThreshold = 500_000
    // steps of 1 KB, each with work of 2000: marking, then sweeping at 10 an object of at least 16 bytes and a chain of strings
    const marked = (180_000 / 2000 + 1) * 1024
    const objects = 1000 + (untilThreshold + marked) / 16
    const swept = (Math.ceil(((1024 + objects) * 10) / (2000 - 640)) + 1) * 1024
    const finalized = 1024
    expect(bytesUntilCollected(aVm(), 0)).toBe(untilThreshold + marked + swept + finalized)
  })

  test('is more where what comes is kept, since that is marked as well', () => {
    expect(bytesUntilCollected(aVm())).toBeGreaterThan(bytesUntilCollected(aVm(), 0.5)!)
    expect(bytesUntilCollected(aVm(), 0.5)).toBeGreaterThan(bytesUntilCollected(aVm(), 0)!)
  })

  test('does not wait for a threshold that is passed', () => {
    expect(bytesUntilCollected(aVm({ threshold: 1_400_000 }))).toBe(bytesUntilCollected(aVm({ threshold: 1_500_000 })))
  })

  test.each(['propagate', 'atomic', 'sweepstring', 'sweep', 'finalize'] as const)(
    'is the collection under way and a whole one after it: %s',
    (state) => {
      const next = 1_500_000
      expect(bytesUntilCollected(aVm({ state, threshold: 1_500_000 }), 0)).toBeGreaterThan(next)
      expect(bytesUntilCollected(aVm({ state, pause: 100 }), 0)).toBeLessThan(next)
    },
  )

  test('is more the more finalizers may have to run', () => {
    const withCdata = aVm({}, { total: { table: [1000, 200_000], cdata: [100_000, 2_400_000] } })
    expect(bytesUntilCollected(withCdata, 0)! - bytesUntilCollected(aVm(), 0)!).toBeGreaterThan(
      (100_000 * 100 * 1024) / 2000,
    )
  })

  test.each([
    ['openresty 2021-12..2024-03 gc64', 2 ** 47],
    ['luajit 2022-03..2024-03 gc32', 0x7fffff00],
  ])('has no end where the program has stopped the collector: %s', (build, threshold) => {
    expect(bytesUntilCollected(aVm({ threshold }, { build }))).toBe(Number.POSITIVE_INFINITY)
  })

  test('has no end where the collector works less than the program allocates', () => {
    expect(bytesUntilCollected(aVm({ stepMul: 50 }))).toBe(Number.POSITIVE_INFINITY)
  })

  test('is only what is left until the threshold where a collection is one step', () => {
    expect(bytesUntilCollected(aVm({ stepMul: 0 }))).toBe(500_000)
  })

  test('is not known from a snapshot of an older version', () => {
    expect(bytesUntilCollected({ ...aVm(), gc: undefined } as unknown as CollectedVm)).toBeUndefined()
  })
})
