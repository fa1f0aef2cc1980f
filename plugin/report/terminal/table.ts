import { escaped } from '../../base/escape.js'
import { plural, size } from '../../base/number.js'
import type { LeakReport } from '../../types/report.js'
import { columns } from './columns.js'
import { palette } from './palette.js'
import { worstGrowth } from './worst.js'

/** One measured test. */
export interface TableRow {
  readonly name: string
  /** Vitest's result of the test. */
  readonly state: string
  /** In the order measured. */
  readonly reports: readonly LeakReport[]
}

/** The end-of-run table: a line per measurement, with what grows fastest. */
export function runTable(tests: readonly TableRow[], options: { readonly colour?: boolean } = {}): string {
  const paint = palette(options.colour ?? false)
  const reports = tests.flatMap(({ name, reports }) => reports.map((report) => ({ name, report })))
  const lines = columns([HEAD, ...reports.map(({ name, report }) => cells(name, report))], [2, 2, 2])
  const verdicts = [...new Set(reports.map(({ report }) => report.verdict))].map((verdict) => {
    return `${reports.filter(({ report }) => report.verdict === verdict).length} ${verdict}`
  })
  const title = `OpenResty leak tests: ${plural(reports.length, 'measurement')}, ${verdicts.join(', ')}`
  return [
    `  ${tests.some(({ state }) => state === 'failed') ? paint.bad(title) : paint.good(title)}`,
    ...lines.map((line, index) => `  ${index === 0 ? paint.faint(line) : line}`),
  ].join('\n')
}

const HEAD = ['verdict', 'worker RSS', 'test', 'grows most']

function cells(name: string, report: LeakReport): string[] {
  const { before, after } = report.process.rss
  const worst = worstGrowth(report)
  return [
    report.passed && report.verdict !== 'ok' ? `${report.verdict} (accepted)` : report.verdict,
    after > 0 ? `${size(before)} -> ${size(after)}` : '',
    escaped(name),
    worst ? `${escaped(worst.name)}, ${worst.rate}` : '',
  ]
}
