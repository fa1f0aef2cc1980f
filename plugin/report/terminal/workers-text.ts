import { count, percent, rate, sizeRate } from '../../base/number.js'
import type { Growth, WorkerShare } from '../../types/growth.js'
import { worstWorker } from '../../verdict/worst-worker.js'

/** Which of several workers have it: the worst by its own requests where one stands out, else the share of each. */
export function workersText({
  workers,
  objectsPerRequest,
  entriesPerRequest,
}: Pick<Growth, 'workers' | 'objectsPerRequest' | 'entriesPerRequest'>): string {
  const worst = worstWorker(workers)
  if (!worst) return `Worker ${workers.map(({ pid, share }) => `${pid} has ${percent(share)}`).join(', ')} of it.`
  const counted = objectsPerRequest !== 0 || entriesPerRequest !== 0
  const own = ({ pid, requests = 0, perRequest = 0 }: WorkerShare) =>
    `${pid} keeps ${perRequest === 0 ? '0' : `${counted ? rate(perRequest) : sizeRate(perRequest)}/request`} of its own ${count(requests)}`
  const others = workers.filter(({ pid }) => pid !== worst.pid)
  return `Worker ${[worst, ...others].map(own).join(', ')}.`
}
