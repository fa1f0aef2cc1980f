import { COMPARISON_FORMAT, type Comparison } from '../../types/compare/comparison.js'
import { BENCH_FORMAT, type BenchResult } from '../../types/compare/result.js'
import { environmentDifferences } from '../environment.js'
import { BenchError } from '../error.js'
import { type JudgeOptions, judgeComparison } from './judge.js'

/** Formats of files that hold benchmark results. */
export const RESULT_FORMATS: readonly string[] = [BENCH_FORMAT, COMPARISON_FORMAT]

/**
 * A stored result; of a stored comparison, its head.
 * @param value what was read as JSON
 * @param file for messages
 * @throws BenchError `BENCH_FORMAT` for anything else
 */
export function storedResult(value: unknown, file: string): BenchResult {
  const { format } = (value ?? {}) as { readonly format?: unknown }
  if (format === COMPARISON_FORMAT) return storedResult((value as Comparison).head, file)
  const { environment, tasks } = (value ?? {}) as Partial<BenchResult>
  if (format === BENCH_FORMAT && environment && Array.isArray(tasks)) return value as BenchResult
  throw new BenchError(
    'BENCH_FORMAT',
    `${file} holds ${format === undefined ? 'no format' : JSON.stringify(format)}; ${RESULT_FORMATS.join(' or ')} was expected.`,
  )
}

/**
 * Compares two results that were taken apart. Memory always compares; times only where both environments are the same, or `anyTimes` says to.
 */
export function compareStored(
  base: BenchResult,
  head: BenchResult,
  options: Omit<JudgeOptions, 'paired' | 'seconds' | 'noTimes' | 'notes'> & { readonly anyTimes: boolean },
): Comparison {
  const differ = environmentDifferences(base.environment, head.environment)
  const words = differ.join('; ')
  const { anyTimes, ...judging } = options
  const apart = { ...judging, paired: false, seconds: null }
  if (differ.length === 0) return judgeComparison(base, head, apart)
  if (anyTimes)
    return judgeComparison(base, head, { ...apart, notes: [`times are of different environments (${words})`] })
  const noTimes = `times were not compared, the environments differ (${words}). --any-environment compares them all the same.`
  return judgeComparison(base, head, { ...apart, noTimes })
}
