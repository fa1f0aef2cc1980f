import { expect, test } from 'vitest'
import { worstWorker } from '../../../plugin/verdict/worst-worker.js'

const worker = (pid: number, requests: number, gained: number) => ({
  pid,
  share: 0,
  requests,
  perRequest: gained / requests,
})

test('the one that gains, where the others do not', () => {
  expect(worstWorker([worker(1, 1000, 0), worker(2, 1000, 1000), worker(3, 900, 1)])?.pid).toBe(2)
})

test('the one that gains more for each request, though another has the larger part', () => {
  expect(worstWorker([worker(1, 9000, 900), worker(2, 300, 300)])?.pid).toBe(2)
})

test.each([
  ['none gains', [worker(1, 1000, 0), worker(2, 1000, 0)]],
  ['all gain alike', [worker(1, 3000, 3000), worker(2, 1000, 1000)]],
  ['it is little more', [worker(1, 10_000, 14_000), worker(2, 10_000, 10_000)]],
  ['it can be chance', [worker(1, 10_000, 3), worker(2, 10_000, 1)]],
  ['there is one only', [worker(1, 1000, 1000)]],
  ['of one it is not known', [worker(1, 1000, 1000), { pid: 2, share: 0 }]],
  ['one served nothing', [worker(1, 1000, 1000), { pid: 2, share: 0, requests: 0 }]],
])('none where %s', (_why, workers) => {
  expect(worstWorker(workers)).toBeUndefined()
})
