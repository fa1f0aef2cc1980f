import { escaped } from '../../base/escape.js'
import { plural, size } from '../../base/number.js'
import type { LeakReport } from '../../types/report.js'
import { updatesOf } from '../words/baseline.js'
import { seenWords } from '../words/seen.js'
import { baselineText } from './baseline-text.js'
import { table } from './columns.js'
import { palette } from './palette.js'
import { ANY_WIDTH, type TextOptions } from './text-options.js'
import { worstGrowth } from './worst.js'
import { wrapText } from './wrap.js'

/** One measured test. */
export interface TableRow {
  readonly name: string
  /** Vitest's result of the test. */
  readonly state: string
  /** In the order measured. */
  readonly reports: readonly LeakReport[]
}

/** The end-of-run table: a line per measurement, with what grows fastest; below it what an update of a baseline accepted. */
export function runTable(tests: readonly TableRow[], { colour = false, width = ANY_WIDTH }: TextOptions = {}): string {
  const paint = palette(colour)
  const reports = tests.flatMap(({ name, reports }) => reports.map((report) => ({ name, report })))
  const rows = table([HEAD, ...reports.map(({ name, report }) => cells(name, report))], [2, 2, 2], width - 2)
  const verdicts = [...new Set(reports.map(({ report }) => report.verdict))].map((verdict) => {
    return `${reports.filter(({ report }) => report.verdict === verdict).length} ${verdict}`
  })
  const title = `OpenResty leak tests: ${plural(reports.length, 'measurement')}, ${verdicts.join(', ')}`
  const lines = [
    `  ${tests.some(({ state }) => state === 'failed') ? paint.bad(title) : paint.good(title)}`,
    ...rows.flatMap((own, index) => own.map((line) => `  ${index === 0 ? paint.faint(line) : line}`)),
    ...baselineText(updatesOf(reports.map(({ report }) => report)), width),
  ]
  return wrapText(lines.join('\n'), width)
}

const HEAD = ['verdict', 'worker RSS', 'test', 'grows most, or what was seen']

function cells(name: string, report: LeakReport): string[] {
  const { before, after } = report.process.rss
  const worst = worstGrowth(report)
  return [
    report.passed && report.verdict !== 'ok' ? `${report.verdict} (accepted)` : report.verdict,
    after > 0 ? `${size(before)} -> ${size(after)}` : '',
    escaped(name),
    worst ? `${escaped(worst.name)}, ${worst.rate}` : escaped(seenWords(report)),
  ]
}
