import type { Comparison } from '../../types/compare/comparison.js'
import { comparisonFindings } from '../export/comparison-findings.js'
import { type Finding, findings, type MeasuredReport } from '../export/findings.js'

/** All that a job has measured of a pull request. */
export interface PullRequestReports {
  /** Leak tests and runs. */
  readonly measurements: readonly (MeasuredReport & { /** Of the test. */ readonly state: string })[]
  readonly comparisons: readonly Comparison[]
  /** Reports that should be there and cannot be read: the file, and why. */
  readonly missing: readonly { readonly file: string; readonly reason: string }[]
  /** Whether the job failed, whatever the reports say. */
  readonly hasFailed: boolean
  /** In which the measurements began, from the repository's root. */
  readonly folder: string
}

/** What is wrong: of the measurements, then of the comparisons, which may show the same. */
export function allFindings(reports: PullRequestReports): Finding[] {
  return [...findings(reports.measurements), ...comparedFindings(reports)]
}

/** What no measurement tells: what the comparisons alone show. */
export function onlyCompared(reports: PullRequestReports): Finding[] {
  const told = new Set(findings(reports.measurements).map(({ subject }) => subject))
  return comparedFindings(reports).filter(({ subject }) => !told.has(subject))
}

function comparedFindings({ comparisons, folder }: PullRequestReports): Finding[] {
  return comparisons.flatMap((one) => comparisonFindings(one, folder))
}
