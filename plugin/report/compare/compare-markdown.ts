import type { Comparison } from '../../types/compare/comparison.js'
import { code, prose, row, withWords } from '../markdown/markdown-escape.js'
import { compareHeadline, sideName } from './compare-headline.js'
import { nextSteps } from './compare-next.js'
import { type CompareRow, compareRows } from './compare-rows.js'
import { remarks } from './compare-text.js'

/** First line of the comment: a workflow finds its own comment by it and updates it in place. */
export const COMPARE_MARKER = '<!-- vitest-openresty-leak compare -->'
/** GitHub takes 65,536 characters. */
const LONGEST = 64_000

/** A comparison for a pull request: one table, what changed first, the rest folded away. At most 64,000 characters. */
export function compareMarkdown(comparison: Comparison): string {
  return `${COMPARE_MARKER}\n${compareSection(comparison, LONGEST - COMPARE_MARKER.length - 1)}`
}

/** The same as a part of a longer text, in about so many characters at most. */
export function compareSection(comparison: Comparison, longest: number): string {
  const { base, head, passed, measured } = comparison
  const rows = compareRows(comparison)
  const changed = rows.filter((row) => row.changed)
  const same = rows.filter((row) => !row.changed)
  const mark = passed ? '' : measured ? ':x: ' : ':warning: '
  const title = withWords(compareHeadline(comparison), (first) => `### ${mark}OpenResty: ${first}`)
  const titles = [
    `| | base ${prose(sideName(base))} | head ${prose(sideName(head))} | change | |`,
    '|---|---|---|---|---|',
  ]
  const folded = [
    '<details><summary>Unchanged and undecided</summary>',
    '',
    ...titles,
    ...same.map(line),
    '',
    ...remarks(comparison).map((remark) => `- ${prose(remark)}`),
    '</details>',
  ]
  const next = nextSteps(comparison).join(' ')
  const top = [title, '', ...(next === '' ? [] : [prose(next), ''])]
  const hints = comparison.reasons.slice(1).map((reason) => `- ${prose(reason)}`)
  const end = measured ? ['', ...folded] : ['', ...hints]
  let room = longest - [...top, ...titles, ...end].join('\n').length - 100
  const shown = changed.map(line).filter((each) => {
    room -= each.length + 1
    return room > 0
  })
  const left = changed.length - shown.length
  return [
    ...top,
    ...(shown.length > 0 ? [...titles, ...shown] : []),
    ...(left > 0 ? ['', `and ${left} more: see the JSON`] : []),
    ...end,
    '',
  ].join('\n')
}

function line({ what, base, head, change, call }: CompareRow): string {
  return row([code(what), ...[base, head, change, call].map(prose)])
}
