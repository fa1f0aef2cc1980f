import { expect, test, vi } from 'vitest'
import type { load } from '../../../plugin/load/client/autocannon.js'
import { ServerHistory } from '../../../plugin/measure/history/server-history.js'
import { makePlan } from '../../../plugin/measure/plan.js'
import { Recorder } from '../../../plugin/measure/recorder.js'
import type { LoadResult } from '../../../plugin/types/load.js'
import type { Runtime } from '../../../plugin/types/runtime.js'
import { snapshot } from '../heap/build.js'

const RUNTIME = {
  workers: async () => [{ pid: 7 }],
  others: async () => [],
  complaints: async () => [],
} as unknown as Runtime

/** A load whose every tenth request gets no answer at first. */
function answered(amount: number): LoadResult {
  const closed = Math.floor(amount / 10)
  const latencyUs = { min: 1, mean: 1, stdev: 0, max: 1, p50: 1, p75: 1, p90: 1, p99: 1, p999: 1 }
  return {
    asked: amount,
    sent: amount + closed,
    completed: amount,
    durationMs: 1,
    bytesRead: 1,
    statuses: { 200: amount },
    unexpected: 0,
    errors: { connect: 0, reset: 0, timeout: 0, closed },
    requestsPerSecond: 1,
    latencyUs,
    perRequest: {},
  }
}

test('numbers of requests go on behind those that were sent again', async () => {
  const first: (number | undefined)[] = []
  const recorder = new Recorder(RUNTIME, makePlan({ request: '/{n}', warmup: 100, burst: 10 }), {
    load: async (_, plan) => {
      first.push(plan.firstNumber)
      return answered(plan.amount)
    },
  })
  await recorder.warmUp()
  await recorder.warmUp()
  expect(first).toEqual([0, 1, 23, 111, 112, 134])
})

test('a load that lasts tells how far it is', async () => {
  const steps: string[] = []
  const slow: typeof load = async (_, plan, options) => {
    if (plan.amount === 1) return answered(1)
    options?.onProgress?.({ completed: 40, errors: 0, elapsedMs: 1900, requestsPerSecond: 20 })
    options?.onProgress?.({ completed: 50, errors: 0, elapsedMs: 2100, requestsPerSecond: 20 })
    return answered(plan.amount)
  }
  const options = { load: slow, onStep: (text: string) => steps.push(text) }
  await new Recorder(RUNTIME, makePlan({ request: '/t', warmup: 100 }), options).warmUp()
  expect(steps).toEqual([
    'asking GET /t once',
    'the warm-up: 100 requests',
    'the warm-up: 50 of 100 requests, 20/s, 0 errors',
  ])
})

test('reads the heaps that it has while the next is taken, and says when the server is first left alone', async () => {
  const seen: unknown[] = []
  const counted = { requests: 1, accepted: 1, handled: 1, active: 0, reading: 0, writing: 0, waiting: 0 }
  const still = { timers: { pending: 0, dueMs: [], ofConnections: 0, ofModules: 0 }, open: 0 }
  const runtime = {
    ...RUNTIME,
    counters: async () => counted,
    snapshot: async () => {
      seen.push('snapshot')
      return snapshot({ 'globals.a': { table: 1 } }, still)
    },
  } as Runtime
  const recorder = new Recorder(runtime, makePlan({ request: '/t', warmup: 0 }), {
    load: async (_, plan) => answered(plan.amount),
    onIdle: () => seen.push('idle'),
  })
  const read = vi.spyOn(recorder.heaps, 'read').mockImplementation(({ moments }) => seen.push(moments.length))
  await recorder.warmUp()
  await recorder.idle()
  await recorder.round('planned', 100)
  await recorder.round('planned', 100)
  read.mockRestore()
  expect(seen).toEqual(['idle', 'snapshot', 0, 'snapshot', 2, 'snapshot', 3])
})

test('the numbers of a test begin where those of the tests before it ended', async () => {
  const first: (number | undefined)[] = []
  const history = new ServerHistory()
  const record = (firstNumber: number) =>
    new Recorder(RUNTIME, makePlan({ request: '/{n}', warmup: 100 }), {
      history,
      firstNumber,
      load: async (_, plan) => {
        first.push(plan.firstNumber)
        return answered(plan.amount)
      },
    })
  await record(0).warmUp()
  expect(history.nextNumber).toBe(111)
  await record(history.nextNumber).warmUp()
  expect(first).toEqual([0, 1, 111, 112])
})
