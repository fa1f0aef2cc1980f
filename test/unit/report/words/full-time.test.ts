import { expect, test } from 'vitest'
import { fullTime } from '../../../../plugin/report/words/full-time.js'
import { plainWords } from '../../../../plugin/report/words/plain-words.js'
import { aGrowth, aLeak, aProcessGrowth, aReport } from '../build.js'

const offHeap = (...growths: ReturnType<typeof aProcessGrowth>[]) => ({ process: { ...aReport().process, growths } })
const NO_SLOTS = { slots: { used: 0, allocated: 0, bytes: 0 } }

test('all growths together say when a worker is full, with the rate that it is made from', () => {
  const twice = aLeak([aGrowth(), aGrowth({ path: 'globals.other[*]' })], offHeap(aProcessGrowth()))
  // 2 x (42.1 + 262,144 / 20,157) + 912
  expect(fullTime(twice)).toBe(
    'Together they take 1,022 B per request, table slots included: at 100 requests/s a worker of 512 MB is full in 1.4 hours.',
  )
  expect(plainWords(twice, 1).at(-1)).toEqual([fullTime(twice)])
})

test('one growth without slots is told as one, for the worker that is asked for', () => {
  const forecast = { workerBytes: 36e6, requestsPerSecond: 100 }
  expect(fullTime(aLeak([aGrowth({ bytesPerRequest: 100, ...NO_SLOTS })]), forecast)).toBe(
    'It takes 100 B per request: at 100 requests/s a worker of 36 MB is full in 1 hour.',
  )
})

test('what grows with time is added by the second', () => {
  const clock = aGrowth({ class: 'clock', perSecond: 20, ...NO_SLOTS })
  expect(fullTime(aLeak([clock]))).toBe('It takes 842 B each second: a worker of 512 MB is full in 7 days.')
  expect(fullTime(aLeak([clock, aGrowth({ ...NO_SLOTS, bytesPerRequest: 1000 })]))).toBe(
    'Together they take 1,000 B per request and 842 B each second: at 100 requests/s a worker of 512 MB is full in 1.4 hours.',
  )
})

test('growth by reload and by connection says after how many of them', () => {
  const perReload = aProcessGrowth({ bytesPerRequest: 2_097_152, per: 'reload' })
  expect(fullTime(aLeak([], { ...offHeap(perReload), per: 'reload' }))).toBe(
    'It takes 2.1 MB per reload: a worker of 512 MB is full after 244 reloads.',
  )
})

test("a shared zone and another process's heap fill no worker, and where nothing grows nothing is full", () => {
  const zone = aProcessGrowth({ category: 'shm', zone: 'cache' })
  expect(fullTime(aLeak([aGrowth({ process: 'nginx: privileged agent process' })], offHeap(zone)))).toBeUndefined()
  expect(fullTime(aReport())).toBeUndefined()
})
