import type { LoadResult } from '../types.js'
import type { LoadShape } from './time-round.js'

/**
 * As many requests as take about `roundMs`, at the rate of the slowest load so far, and a third of that before them:
 * new workers have their caches to fill and their traces to compile.
 */
export function loadShapes(
  connections: readonly number[],
  seen: readonly Pick<LoadResult, 'requestsPerSecond'>[],
  roundMs: number,
): LoadShape[] {
  const rate = Math.min(...seen.map(({ requestsPerSecond }) => requestsPerSecond))
  return connections.map((count) => {
    const amount = Math.max(4 * count, Math.round((rate * roundMs) / 1000))
    return { connections: count, amount, warmup: Math.max(2 * count, Math.round(amount / 3)) }
  })
}
