import type { LoadResult } from '../../types/load.js'
import { median } from './statistics.js'

/** A load over so many connections, as one round has it. */
export interface LoadShape {
  readonly connections: number
  /** Requests that count, and those before them that do not. */
  readonly amount: number
  readonly warmup: number
}

/**
 * As many requests as take about `roundMs` at the rate of the slower server, and a third of that before them:
 * new workers have their caches to fill and their traces to compile.
 * @param seen the loads that each server has had so far
 */
export function loadShapes(
  connections: readonly number[],
  seen: readonly (readonly Pick<LoadResult, 'requestsPerSecond'>[])[],
  roundMs: number,
): LoadShape[] {
  const rate = Math.min(...seen.map((loads) => median(loads.map(({ requestsPerSecond }) => requestsPerSecond))))
  return connections.map((count) => {
    const amount = Math.max(4 * count, Math.round((rate * roundMs) / 1000))
    return { connections: count, amount, warmup: Math.max(2 * count, Math.round(amount / 3)) }
  })
}
