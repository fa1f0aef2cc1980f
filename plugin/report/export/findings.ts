import { type RepositoryPlace, repositoryPlace } from '../../base/repository-place.js'
import { processPath } from '../../process/path.js'
import type { Growth } from '../../types/growth.js'
import type { LeakReport, ProcessGrowth } from '../../types/report.js'
import { thresholdRow, violationRow } from '../terminal/budget-text.js'
import { headline } from '../terminal/headline.js'
import { palette } from '../terminal/palette.js'
import { addedWords, isInBytes } from '../words/added.js'
import { ownerPlace } from '../words/place.js'
import { holderName, holderPlace, objectWords, processRate } from '../words/process-words.js'

/** One measurement and the file it was asked for in. */
export interface MeasuredReport {
  /** From the repository's root; absent where nobody knows. */
  readonly file?: string
  /** The folder that the measurement began in, from the repository's root; absent for the root itself. */
  readonly folder?: string
  readonly title: string
  readonly report: LeakReport
}

/** One thing that is wrong, at the place in the repository where it is to be mended. */
export interface Finding {
  /** From the repository's root: of the code, where its place is known; else of what asked for the measurement. */
  readonly file?: string
  /** From 1; absent where only the file is known. */
  readonly line?: number
  readonly title: string
  /** The verdict, then what it is about. Not escaped. */
  readonly lines: readonly string[]
  readonly kind: 'leak' | 'limit' | 'unmeasured'
  /** What it is about, whatever line it stands in: a path as budgets name it, a limit. */
  readonly subject: string
}

/**
 * What is wrong with measurements that did not pass: each growth that nothing covers at the line that adds to it, exceeded limits
 * together, and what could not be measured. The growths that weigh most come first, one of each measurement before the next.
 */
export function findings(measurements: readonly MeasuredReport[]): Finding[] {
  const failed = measurements.filter(({ report }) => !report.passed)
  const ranked = failed.map((measurement) => {
    const found = leaks(measurement)
    return [...found, ...rest(measurement, found.length > 0)]
  })
  const most = Math.max(0, ...ranked.map(({ length }) => length))
  return Array.from({ length: most }, (_, rank) => ranked.flatMap((own) => own.slice(rank, rank + 1))).flat()
}

function leaks(measurement: MeasuredReport): Finding[] {
  const { growths, process, verdict } = measurement.report
  // What an invalid run saw grow is no finding.
  if (verdict === 'invalid') return []
  return [
    ...growths
      .filter(({ coveredBy }) => !coveredBy)
      .map((growth) => leak(measurement, growth, growthWords(growth), growth.path)),
    ...process.growths
      .filter(({ coveredBy }) => !coveredBy)
      .map((growth) => leak(measurement, growth, processWords(growth), processPath(growth))),
  ]
}

function leak(measurement: MeasuredReport, growth: Growth | ProcessGrowth, words: string, subject: string): Finding {
  return {
    ...common(measurement),
    ...placeOf(measurement, growth),
    lines: [verdictWords(measurement), words],
    kind: 'leak',
    subject,
  }
}

/** What fails a measurement beside its growths: one finding for all limits, or one that says why nothing is known. */
function rest(measurement: MeasuredReport, hasLeaks: boolean): Finding[] {
  const { report } = measurement
  const exceeded = report.violations.filter(({ level }) => level === 'error')
  if (exceeded.length > 0 && report.verdict !== 'invalid') {
    const limits = exceeded.map((one) => (one.text === undefined ? violationRow(one) : thresholdRow(one)).join(': '))
    const covered = [...report.growths, ...report.process.growths].filter(({ coveredBy }) => coveredBy)
    const place = covered.map((growth) => placeOf(measurement, growth)).find((found) => found !== undefined)
    const subject = exceeded.map(({ path, metric }) => `${path}:${metric}`).join(' ')
    return [{ ...common(measurement), ...place, lines: [verdictWords(measurement), ...limits], kind: 'limit', subject }]
  }
  if (hasLeaks) return []
  const kind = report.verdict === 'invalid' || report.verdict === 'inconclusive' ? 'unmeasured' : 'limit'
  return [{ ...common(measurement), lines: [verdictWords(measurement)], kind, subject: report.verdict }]
}

function common({ file, title }: MeasuredReport): Pick<Finding, 'file' | 'title'> {
  return { ...(file !== undefined && { file }), title }
}

function verdictWords({ report }: MeasuredReport): string {
  return headline(report, palette(false))
}

function growthWords(growth: Growth): string {
  const where = ownerPlace(growth)
  const [added] = growth.addedAt ?? []
  const words = added ? `, ${addedWords(added, { per: growth.per, isInBytes: isInBytes(growth) })}` : ''
  return `${growth.path}${where ? ` (${where})` : ''}${words}`
}

function processWords(growth: ProcessGrowth): string {
  const facts = [holderPlace(growth), objectWords(growth) ?? ''].filter((fact) => fact !== '')
  return `${holderName(growth)}, ${processRate(growth)}${facts.length > 0 ? ` (${facts.join('; ')})` : ''}`
}

/** The line that adds most, or else that of the code that owns it. Undefined where it lies outside of the folder that the run began in. */
function placeOf({ folder = '', report }: MeasuredReport, growth: Growth | ProcessGrowth): RepositoryPlace | undefined {
  const places = [...(growth.addedAt ?? []).slice(0, 1), { file: growth.file, line: growth.line }]
  return places
    .map((place) => repositoryPlace(folder, report.runtime.folder, place))
    .find((found) => found !== undefined)
}
