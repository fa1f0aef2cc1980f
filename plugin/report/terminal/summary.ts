import { escaped } from '../../base/escape.js'
import { count, plural, size } from '../../base/number.js'
import type { LeakReport } from '../../types/report.js'
import { ANY_WIDTH, type TextOptions } from './text-options.js'
import { wrapText } from './wrap.js'

/** What ran, how fast it answered and what the process weighs: the lines below a report on the command line. */
export function runSummary(
  { runtime, load, process }: LeakReport,
  { width = ANY_WIDTH }: Pick<TextOptions, 'width'> = {},
): string {
  const { before, after } = process.rss
  const lines = [
    `  ${escaped(runtime.description)}, ${plural(runtime.workers.length, 'worker')}`,
    ...(load ? [loadLine(load)] : []),
    ...(after > 0 ? [`  Worker memory (RSS): ${size(before)} -> ${size(after)}`] : []),
  ]
  return wrapText(lines.join('\n'), width)
}

function loadLine({ requestsPerSecond, latencyUs, unexpected, errors }: NonNullable<LeakReport['load']>): string {
  const failed = Object.values(errors).reduce((sum, amount) => sum + amount, unexpected)
  const failures = failed > 0 ? `, ${plural(failed, 'failure')}` : ''
  return `  ${count(requestsPerSecond)} requests/s, p50 ${millis(latencyUs.p50)}, p99 ${millis(latencyUs.p99)}${failures}`
}

function millis(microseconds: number): string {
  return `${(microseconds / 1000).toFixed(2)} ms`
}
