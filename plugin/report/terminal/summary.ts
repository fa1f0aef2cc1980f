import { escaped } from '../../base/escape.js'
import { count, plural, size } from '../../base/number.js'
import type { LeakReport } from '../../types/report.js'
import { failuresOf, loadMaker, loadUnit } from '../words/load-words.js'
import { watchWords } from '../words/watch-words.js'
import { ANY_WIDTH, type TextOptions } from './text-options.js'
import { wrapText } from './wrap.js'

/** What ran, how fast it answered and what the process weighs: the lines below a report on the command line. */
export function runSummary(
  { runtime, load, process, watch }: LeakReport,
  { width = ANY_WIDTH }: Pick<TextOptions, 'width'> = {},
): string {
  const { before, after } = process.rss
  const lines = [
    `  ${escaped(runtime.description)}, ${plural(runtime.workers.length, 'worker')}`,
    ...(load ? [loadLine(load)] : []),
    ...(watch ? watchWords(watch).map((words) => `  ${words}`) : []),
    ...(after > 0 ? [`  Worker memory (RSS): ${size(before)} -> ${size(after)}`] : []),
  ]
  return wrapText(lines.join('\n'), width)
}

function loadLine(load: NonNullable<LeakReport['load']>): string {
  const { requestsPerSecond, latencyUs } = load
  const failed = failuresOf(load)
  const parts = [
    `${count(requestsPerSecond)} ${loadUnit(load)}s/s (${escaped(loadMaker(load))})`,
    ...(latencyUs ? [`p50 ${millis(latencyUs.p50)}`, `p99 ${millis(latencyUs.p99)}`] : []),
    ...(failed > 0 ? [plural(failed, 'failure')] : []),
  ]
  return `  ${parts.join(', ')}`
}

function millis(microseconds: number): string {
  return `${(microseconds / 1000).toFixed(2)} ms`
}
