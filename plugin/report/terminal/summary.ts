import { escaped } from '../../base/escape.js'
import { count, plural, size } from '../../base/number.js'
import type { LeakReport } from '../../types/report.js'
import { failuresOf, loadMaker, loadUnit } from '../words/load-words.js'
import { watchWords } from '../words/watch-words.js'

/** What ran, how fast it answered and what the process weighs: the lines below a report on the command line. */
export function runSummary({ runtime, load, process, watch }: LeakReport): string {
  const { before, after } = process.rss
  return [
    `  ${escaped(runtime.description)}, ${plural(runtime.workers.length, 'worker')}`,
    ...(load ? [loadLine(load)] : []),
    ...(watch ? watchWords(watch).map((words) => `  ${words}`) : []),
    ...(after > 0 ? [`  Worker memory (RSS): ${size(before)} -> ${size(after)}`] : []),
  ].join('\n')
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
