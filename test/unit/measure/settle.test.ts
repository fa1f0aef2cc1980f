import { expect, test, vi } from 'vitest'
import { restlessPaths, settledSnapshots } from '../../../plugin/measure/settle.js'
import type { Runtime } from '../../../plugin/types/runtime.js'
import type { NginxCounters, Snapshot } from '../../../plugin/types/snapshot.js'
import { snapshot } from '../heap/build.js'

const AT_REST: NginxCounters = { requests: 5, accepted: 1, handled: 1, active: 1, reading: 0, writing: 0, waiting: 1 }

/** Serves what it is given, one after the other, the last one for ever. */
function runtime(counters: (NginxCounters | null)[], heaps: Snapshot[]) {
  const next = <T>(items: T[]): T => (items.length > 1 ? items.shift()! : items[0]!)
  const seen = { counters: 0, snapshots: 0 }
  const partial: Pick<Runtime, 'counters' | 'snapshot'> = {
    counters: async () => {
      seen.counters++
      return next(counters)
    },
    snapshot: async () => {
      seen.snapshots++
      return next(heaps)
    },
  }
  return { runtime: partial as Runtime, seen }
}

const heap = (tables: number, ticks = 0) =>
  snapshot({ 'globals.a': { table: tables }, 'globals.ticks': { table: 1, e: { '[*]': ticks } } })
const options = { limitMs: 5000, restless: new Set<string>() }

test('takes the second of two snapshots that agree', async () => {
  const { runtime: server, seen } = runtime([null], [heap(3), heap(2), heap(1), heap(1)])
  expect(await settledSnapshots(server, [7], options)).toEqual([heap(1)])
  expect(seen.snapshots).toBe(4)
})

test('waits until no request is in flight and nothing more was counted', async () => {
  const busy = [{ ...AT_REST, writing: 1 }, { ...AT_REST, writing: 1 }, { ...AT_REST, requests: 6 }, AT_REST, AT_REST]
  const { runtime: server, seen } = runtime(busy, [heap(1)])
  await settledSnapshots(server, [7], options)
  expect(seen.counters).toBe(5)
})

const NOBODY: NginxCounters = { ...AT_REST, active: 0, waiting: 0 }
const timers = (pending: number) => ({ pending, dueMs: [], ofConnections: 0, ofModules: 0 })
/** A heap of a worker with so many timers and open connections. */
const worker = (tables: number, pending: number, open: number) => ({ ...heap(tables), timers: timers(pending), open })

test('waits for nothing where nobody is connected, no timer is pending and nothing is open', async () => {
  const { runtime: server, seen } = runtime([NOBODY], [worker(1, 0, 0), worker(2, 0, 0)])
  expect(await settledSnapshots(server, [7], options)).toEqual([worker(1, 0, 0)])
  expect(seen).toEqual({ counters: 1, snapshots: 1 })
})

test.each([
  ['a timer is pending', worker(1, 1, 0)],
  ['a connection is open that nginx opened', worker(1, 0, 1)],
])('waits for two that agree where nobody is connected but %s', async (_, busy) => {
  const { runtime: server, seen } = runtime([NOBODY], [worker(2, 1, 1), busy])
  expect(await settledSnapshots(server, [7], options)).toEqual([busy])
  expect(seen).toEqual({ counters: 2, snapshots: 3 })
})

test('takes a later one where nobody was connected at first, and it never came to rest', async () => {
  const restless = [NOBODY, ...Array.from({ length: 100 }, (_, n) => ({ ...NOBODY, requests: 6 + n }))]
  const { runtime: server, seen } = runtime(restless, [worker(1, 1, 0), worker(2, 1, 0)])
  expect(await settledSnapshots(server, [7], { ...options, limitMs: 100 })).toEqual([worker(2, 1, 0)])
  expect(seen.snapshots).toBe(2)
})

test('lets its caller work once while it takes a snapshot at once', async () => {
  const work: number[] = []
  const { runtime: server, seen } = runtime([NOBODY], [worker(1, 1, 0)])
  await settledSnapshots(server, [7], { ...options, meanwhile: () => work.push(seen.snapshots) })
  expect(work).toEqual([1])
})

test('lets its caller work in the first wait, once, and not where nothing is waited for', async () => {
  const work: number[] = []
  const { runtime: busy, seen } = runtime([AT_REST, { ...AT_REST, writing: 1 }, AT_REST], [heap(1)])
  await settledSnapshots(busy, [7], { ...options, meanwhile: () => work.push(seen.counters) })
  const { runtime: uncounted } = runtime([null], [heap(1)])
  await settledSnapshots(uncounted, [7], { ...options, meanwhile: () => work.push(0) })
  expect(work).toEqual([1])
})

test('takes nothing off the time to settle for what its caller does meanwhile', async ({ onTestFinished }) => {
  let aheadMs = 0
  const clock = performance.now.bind(performance)
  const spy = vi.spyOn(performance, 'now').mockImplementation(() => clock() + aheadMs)
  onTestFinished(() => spy.mockRestore())
  const { runtime: server, seen } = runtime([AT_REST], [heap(2), heap(1)])
  const meanwhile = () => {
    aheadMs += 2 * options.limitMs
  }
  expect(await settledSnapshots(server, [7], { ...options, meanwhile })).toEqual([heap(1)])
  expect(seen.snapshots).toBe(3)
})

test('is not held up by paths that move while nobody asks', async () => {
  const moved = restlessPaths([heap(1, 1)], [heap(1, 2)])
  expect([...moved]).toEqual(['httpglobals.ticks'])
  const { runtime: server, seen } = runtime([null], [heap(1, 3), heap(1, 4), heap(1, 5)])
  await settledSnapshots(server, [7], { ...options, restless: moved })
  expect(seen.snapshots).toBe(2)
})

test('takes what is there when the limit is over', async () => {
  const { runtime: server, seen } = runtime([null], [heap(1), heap(2)])
  expect(await settledSnapshots(server, [7], { ...options, limitMs: 0 })).toEqual([heap(1)])
  expect(seen.snapshots).toBe(1)
})

test('ends when its signal aborts', async () => {
  const { runtime: server } = runtime([{ ...AT_REST, writing: 1 }], [heap(1)])
  const stop = AbortSignal.abort(new Error('enough'))
  await expect(settledSnapshots(server, [7], { ...options, signal: stop })).rejects.toThrow()
})
