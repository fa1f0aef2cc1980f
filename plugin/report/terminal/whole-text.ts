import type { LeakReport } from '../../types/report.js'
import { plainText } from './plain-text.js'
import { runSummary } from './summary.js'
import { reportText } from './text.js'
import type { TextOptions } from './text-options.js'

/** All that there is to read of a run: the report, what it means in plain words, and what ran. The command and a failing test show the same. */
export function wholeText(report: LeakReport, options: TextOptions = {}): string {
  const parts = [reportText(report, options), plainText(report, options), runSummary(report, options)]
  return parts.filter((part) => part !== '').join('\n')
}
