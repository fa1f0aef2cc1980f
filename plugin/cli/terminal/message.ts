import { escapedLines } from '../../base/escape.js'
import { ANY_WIDTH } from '../../report/terminal/text-options.js'
import { wrapText } from '../../report/terminal/wrap.js'
import type { Terminal } from './progress.js'

/** What went wrong, for a user. An error without a code is a mistake of ours, and then its stack is what helps. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return 'code' in error ? error.message : (error.stack ?? error.message)
}

/** The same as it goes to stderr, with its line end: broken to fit where that is a terminal. */
export function errorText(message: string, { err }: Pick<Terminal, 'err'>): string {
  const width = err.isTTY ? (err.columns ?? ANY_WIDTH) : ANY_WIDTH
  return `${wrapText(`resty-leak: ${escapedLines(message)}`, width)}\n`
}
