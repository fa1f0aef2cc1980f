import { performance } from 'node:perf_hooks'
import type { Work } from '../../types/driver.js'
import type { LoadResult } from '../../types/load.js'
import { RateSamples } from '../client/rate-samples.js'
import { latencyUs } from '../client/result.js'
import { progressMeter } from '../progress.js'
import { Calls } from './calls.js'
import type { Driver, DriverTarget, Round, RoundOptions } from './driver.js'

export interface WorkPlan {
  readonly work: Work
  /** Longest that one call may take, in s. */
  readonly timeoutS: number
  readonly unit: 'call' | 'session'
}

/** The rounds of a function of the user's, which brings its own client: each of its calls is one unit. */
export interface WorkDriver extends Driver {
  drive(target: DriverTarget, round: Omit<Round, 'requests'>, options?: RoundOptions): Promise<LoadResult>
}

/** Load in Node by whatever client a function of the user's brings. */
export function workDriver({ work, timeoutS, unit }: WorkPlan): WorkDriver {
  return {
    kind: 'work',
    async drive(target, { amount, durationS, connections, firstNumber }, { signal, onProgress } = {}) {
      signal?.throwIfAborted()
      const calls = new Calls({
        work,
        amount,
        durationMs: (durationS ?? Number.POSITIVE_INFINITY) * 1000,
        connections,
        firstNumber,
        timeoutMs: timeoutS * 1000,
        given: { url: target.url, port: (confPort) => target.port(confPort) },
      })
      const stop = () => calls.stop(signal?.reason)
      const meter = onProgress && progressMeter(onProgress, () => performance.now())
      const tell = meter && ((completed: number) => meter({ completed, errors: calls.failed + calls.late }))
      using _ = new RateSamples(() => calls.completed, tell)
      signal?.addEventListener('abort', stop, { once: true })
      const startMs = performance.now()
      try {
        await calls.run()
      } finally {
        signal?.removeEventListener('abort', stop)
      }
      signal?.throwIfAborted()
      return workResult(calls, { unit, asked: Number.isFinite(amount) ? amount : calls.begun, startMs })
    },
  }
}

function workResult(
  calls: Calls,
  { unit, asked, startMs }: { readonly unit: WorkPlan['unit']; readonly asked: number; readonly startMs: number },
): LoadResult {
  const durationMs = performance.now() - startMs
  const { begun, completed, failed, late, failures, gaveUp, latency } = calls
  return {
    driver: 'work',
    unit,
    asked,
    sent: begun,
    completed,
    durationMs,
    bytesRead: 0,
    statuses: {},
    unexpected: 0,
    errors: { connect: 0, reset: 0, timeout: late, closed: 0 },
    ...(gaveUp !== null && { gaveUp }),
    requestsPerSecond: durationMs > 0 ? (completed * 1000) / durationMs : 0,
    latencyUs: latencyUs(latency),
    latencyWithinStdev: latency.shareWithin(1),
    perRequest: {},
    ...(failures.length > 0 && { failures: { count: failed, first: failures } }),
  }
}
