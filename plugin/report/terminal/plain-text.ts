import { escaped } from '../../base/escape.js'
import type { LeakReport } from '../../types/report.js'
import { plainWords } from '../words/plain-words.js'
import { ANY_WIDTH, type TextOptions } from './text-options.js'
import { wrapText } from './wrap.js'

/** Beyond these the JSON report and the page tell. */
const SHOWN = 3
/** Longer lines than these are hard to read, however wide the terminal. */
const MOST_WIDTH = 110

/** What the largest growths mean, in words, and when a worker is full, for the end of a report on a terminal; an empty string where nothing grew. */
export function plainText(report: LeakReport, { width = ANY_WIDTH }: Pick<TextOptions, 'width'> = {}): string {
  const most = Math.min(MOST_WIDTH, width)
  const paragraphs = plainWords(report, SHOWN).map((sentences) => {
    return wrap(
      sentences.flatMap((sentence) => escaped(sentence).split(' ')),
      most,
    ).join('\n')
  })
  return paragraphs.length === 0 ? '' : wrapText(['  In plain words:', ...paragraphs].join('\n'), width)
}

/** Words in lines; a path longer than a line has one of its own. */
function wrap(words: readonly string[], width: number): string[] {
  const lines: string[] = []
  for (const word of words) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(`    ${word}`)
  }
  return lines
}
