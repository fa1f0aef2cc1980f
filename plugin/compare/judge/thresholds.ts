import { nearest } from '../../base/nearest.js'
import { parseSize } from '../../base/size.js'
import { BenchError } from '../error.js'

/** The smallest change that is called, by metric: shares for times (0.05 is 5 %), bytes for a path of the steady-state heap. */
export interface Minimums {
  readonly latency: number
  /** Of the 99th percentile, which a busy machine moves first. */
  readonly p99: number
  readonly throughput: number
  readonly cpu: number
  readonly heap: number
}

export const DEFAULT_MINIMUMS: Minimums = { latency: 0.05, p99: 0.1, throughput: 0.05, cpu: 0.05, heap: 1000 }

/**
 * Minimums from `latency:3%`, `heap:64KB` and so on; the rest keeps its default.
 * @throws BenchError `BENCH_OPTION` for one that cannot be read
 */
export function parseMinimums(texts: readonly string[]): Minimums {
  const given: Partial<Record<keyof Minimums, number>> = {}
  for (const text of texts) {
    const [, name = '', value = ''] = /^\s*([^:]*?)\s*:\s*(.*?)\s*$/.exec(text) ?? []
    if (!isMetric(name)) {
      const meant = nearest(name, METRICS)
      throw new BenchError(
        'BENCH_OPTION',
        `threshold ${JSON.stringify(text)}: ${meant ? `did you mean ${meant}?` : `write METRIC:VALUE; metrics are ${METRICS.join(', ')}`}`,
      )
    }
    given[name] = name === 'heap' ? parseSize(value) : share(text, value)
  }
  return { ...DEFAULT_MINIMUMS, ...given }
}

/** `latency.p50{GET /t}` is a latency. */
export function minimumOf(minimums: Minimums, metric: string): number {
  if (metric === 'latency.p99') return minimums.p99
  return metric === 'throughput' || metric === 'cpu' ? minimums[metric] : minimums.latency
}

const METRICS = Object.keys(DEFAULT_MINIMUMS) as (keyof Minimums)[]

function isMetric(name: string): name is keyof Minimums {
  return (METRICS as string[]).includes(name)
}

function share(text: string, value: string): number {
  const [, number] = /^(\d+(?:\.\d+)?)\s*%$/.exec(value) ?? []
  if (number !== undefined && Number(number) > 0) return Number(number) / 100
  throw new BenchError('BENCH_OPTION', `threshold ${JSON.stringify(text)} is no share: write it as 5%.`)
}
