import type { Comparison } from '../../types/compare/comparison.js'
import type { LeakReport } from '../../types/report.js'

/** Exit codes of every subcommand; scripts rely on them. */
export const EXIT = {
  passed: 0,
  /** A growth that nothing covers, or a violated budget or threshold. */
  failed: 1,
  /** Wrong arguments or configuration, before anything started. */
  usage: 2,
  /** Could not measure: invalid, inconclusive, or anything that failed after the arguments were accepted. */
  unmeasured: 3,
  interrupted: 130,
} as const

/** A violated budget or threshold is certain even where the heap is undecided; an invalid run says nothing at all. */
export function exitCodeOf(report: LeakReport): number {
  if (report.passed) return EXIT.passed
  if (report.verdict === 'invalid') return EXIT.unmeasured
  if (report.violations.some(({ level }) => level === 'error')) return EXIT.failed
  return report.verdict === 'inconclusive' ? EXIT.unmeasured : EXIT.failed
}

/** An undecided heap of head is no pass and no failure, as in `run`; nor is a result that could not be written. */
export function compareExitCode({ passed, measured, head }: Comparison, written: boolean): number {
  if (!measured || !written) return EXIT.unmeasured
  if (!passed) return EXIT.failed
  return head.memory?.verdict === 'inconclusive' ? EXIT.unmeasured : EXIT.passed
}
