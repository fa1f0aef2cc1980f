import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { workDriver } from '../../../../plugin/load/drivers/work.js'
import type { Work, WorkCall } from '../../../../plugin/types/driver.js'
import { aTarget } from './target.js'

interface Given {
  readonly amount?: number
  readonly connections?: number
  readonly firstNumber?: number
  readonly durationS?: number
  readonly timeoutS?: number
  readonly signal?: AbortSignal
}

function drive(work: Work, { amount = 6, connections = 2, firstNumber = 0, timeoutS = 10, ...more }: Given = {}) {
  const { durationS, signal } = more
  const driver = workDriver({ work, timeoutS, unit: 'call' })
  return driver.drive(aTarget(), { amount, connections, firstNumber, durationS, number: 1 }, { signal })
}

/** Ends when its signal is aborted, as clients do that were given it. */
const heeds: Work = ({ signal }) => sleep(60_000, undefined, { signal })
/** Never ends. */
const hangs: Work = () => new Promise(() => {})

test('each call is one unit with a number of its own, and knows where the server is', async () => {
  const calls: WorkCall[] = []
  const result = await drive(async (call) => void calls.push(call), { firstNumber: 40 })
  expect(calls.map(({ n }) => n)).toEqual([40, 41, 42, 43, 44, 45])
  expect(calls[0]).toMatchObject({ url: 'http://127.0.0.1:34567', connection: 0 })
  expect(calls[0]!.port(8500)).toBe(34_568)
  expect(() => calls[0]!.port(1)).toThrow('the conf does not listen on port 1')
  expect(result).toMatchObject({ driver: 'work', unit: 'call', asked: 6, sent: 6, completed: 6, unexpected: 0 })
  expect(result.latencyUs.max).toBeGreaterThanOrEqual(result.latencyUs.p50)
})

test('as many calls run side by side as there are connections, one on each', async () => {
  const busy = new Set<number>()
  let most = 0
  await drive(
    async ({ connection }) => {
      expect(busy.has(connection)).toBe(false)
      busy.add(connection)
      most = Math.max(most, busy.size)
      await sleep(1)
      busy.delete(connection)
    },
    { amount: 30, connections: 3 },
  )
  expect(most).toBe(3)
})

test('calls that throw are counted, and the first different errors are kept with where they were thrown', async () => {
  const result = await drive(
    ({ n }) => {
      if (n % 2 === 1) throw n === 5 ? new TypeError('another') : new Error('boom')
      if (n === 2) throw 'a text'
    },
    { connections: 1 },
  )
  expect(result).toMatchObject({ asked: 6, completed: 2, failures: { count: 4 } })
  expect(result.failures?.first.map(({ n, message }) => [n, message])).toEqual([
    [1, 'boom'],
    [2, 'a text'],
    [5, 'TypeError: another'],
  ])
  expect(result.failures?.first[0]?.stack).toContain('work.test.ts')
  expect(result).not.toHaveProperty('gaveUp')
})

test('a work that fails again and again is not tried to the end', async () => {
  const result = await drive(
    async () => {
      throw new AggregateError([], '')
    },
    { amount: 5000 },
  )
  expect(result.gaveUp).toBe('20 calls in a row threw')
  expect(result.failures?.first[0]?.message).toBe('AggregateError: AggregateError')
})

test('a call that was only told to end, since the others failed, is no failure of its own', async () => {
  const result = await drive(
    async (call) => {
      if (call.n === 1) await heeds(call)
      throw new Error('boom')
    },
    { amount: 5000 },
  )
  expect(result.gaveUp).toBe('20 calls in a row threw')
  expect(result.failures).toMatchObject({ count: 20, first: [{ n: 0, message: 'boom' }] })
  expect(result.failures?.first).toHaveLength(1)
})

test('a call that takes too long is told to end by its signal, and counts as timed out', async () => {
  let reason: unknown
  const result = await drive(
    async ({ n, signal }) => {
      if (n !== 1) return
      signal.addEventListener('abort', () => {
        reason = signal.reason
      })
      await heeds({ signal } as WorkCall)
    },
    { timeoutS: 0.02 },
  )
  expect(String(reason)).toMatch('call 1 took longer than 0.02 s')
  expect(result).toMatchObject({ completed: 5, errors: { timeout: 1 }, failures: { count: 0 } })
  expect(result.failures?.first).toEqual([{ n: 1, message: 'took longer than 0.02 s' }])
})

test('where all calls take too long, they end after a few', async () => {
  const result = await drive(heeds, { amount: 5000, timeoutS: 0.02 })
  expect(result.gaveUp).toBe('4 calls in a row took longer than 0.02 s')
})

test('a call that does not heed its signal is not waited for', async () => {
  const result = await drive(hangs, { timeoutS: 0.02 })
  expect(result.gaveUp).toBe('call 0 went on for 1 s after its signal was aborted: it took longer than 0.02 s')
  expect(result.completed).toBe(0)
})

test('a load that is aborted tells its calls to end, and rejects with the reason', async () => {
  const over = new AbortController()
  const reasons: unknown[] = []
  const work: Work = async (call) => {
    if (call.n === 1) over.abort(new Error('the test is over'))
    await heeds(call)
  }
  const told: Work = (call) => {
    call.signal.addEventListener('abort', () => reasons.push(call.signal.reason))
    return work(call)
  }
  await expect(drive(told, { signal: over.signal })).rejects.toThrow('the test is over')
  expect(reasons).toEqual([over.signal.reason, over.signal.reason])
})

test('a load that ends by time asks for what was begun', async () => {
  const result = await drive(() => sleep(5), { amount: Number.POSITIVE_INFINITY, durationS: 0.05 })
  expect(result.completed).toBeGreaterThan(0)
  expect(result.asked).toBe(result.completed)
})
