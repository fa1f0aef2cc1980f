import { count } from '../base/number.js'
import type { LoadPlan } from '../types/load.js'

/** What a load has counted so far. */
export interface LoadCount {
  readonly completed: number
  /** Tries without an answer. */
  readonly errors: number
}

/** How far a load is. */
export interface LoadProgress extends LoadCount {
  readonly elapsedMs: number
  /** Over the last second. */
  readonly requestsPerSecond: number
}

/** Adds to each count the time since now, and how fast it grew of late. @param nowMs a clock */
export function progressMeter(tell: (progress: LoadProgress) => void, nowMs: () => number): (count: LoadCount) => void {
  const startMs = nowMs()
  const recent = [{ atMs: startMs, completed: 0 }]
  return ({ completed, errors }) => {
    const atMs = nowMs()
    while (recent.length > 1 && recent[1]!.atMs <= atMs - 1000) recent.shift()
    const [since] = recent
    const spanMs = atMs - since!.atMs
    const requestsPerSecond = spanMs > 0 ? ((completed - since!.completed) * 1000) / spanMs : 0
    recent.push({ atMs, completed })
    tell({ completed, errors, elapsedMs: atMs - startMs, requestsPerSecond })
  }
}

/** A load that is over by then needs no progress. */
const QUIET_MS = 2000

/** Tells a load that lasts in a line: `120,000 of 500,000 requests, 41,230/s, 0 errors`. `unit`: what is counted, default request. */
export function progressLine(
  { amount, durationS, unit = 'request' }: Pick<LoadPlan, 'amount' | 'durationS'> & { readonly unit?: string },
  tell: (line: string) => void,
): (progress: LoadProgress) => void {
  return ({ completed, errors, elapsedMs, requestsPerSecond }) => {
    if (elapsedMs <= QUIET_MS) return
    const done = Number.isFinite(amount) ? `${count(completed)} of ${count(amount)}` : count(completed)
    const seconds = Math.min(elapsedMs / 1000, durationS ?? Number.POSITIVE_INFINITY)
    const time = durationS === undefined ? '' : ` in ${seconds.toFixed(0)} of ${durationS} s`
    tell(
      `${done} ${unit}s${time}, ${count(requestsPerSecond)}/s, ${count(errors)} ${errors === 1 ? 'error' : 'errors'}`,
    )
  }
}
