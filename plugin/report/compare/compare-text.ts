import { escaped, escapedLines } from '../../base/escape.js'
import { plural, sizeGain } from '../../base/number.js'
import type { Comparison } from '../../types/compare/comparison.js'
import { columns } from '../terminal/columns.js'
import { palette } from '../terminal/palette.js'
import { ANY_WIDTH, type TextOptions } from '../terminal/text-options.js'
import { visibleWidth, wrapText } from '../terminal/wrap.js'
import { compareHeadline, sideName } from './compare-headline.js'
import { nextSteps } from './compare-next.js'
import { type CompareRow, compareRows } from './compare-rows.js'

/** Heap paths beyond these are counted, not shown; the JSON has them all. */
const HEAP_PATHS_SHOWN = 12

/** A comparison as a terminal shows it. No line end at the end. */
export function compareText(comparison: Comparison, { colour = false, width = ANY_WIDTH }: TextOptions = {}): string {
  const { measured, base, head } = comparison
  const paint = palette(colour)
  const first = escapedLines(compareHeadline(comparison))
  const title = paint[compareTone(comparison)](first)
  if (!measured) return wrapText([title, ...comparison.reasons.slice(1).map(noteLine)].join('\n'), width)
  const all = shownRows(compareRows(comparison))
  const rows = [...all.filter(({ changed }) => changed), ...all.filter(isUndecided)]
  const unchanged = all.filter((row) => !row.changed && !isUndecided(row))
  const sides = [`base ${sideName(base)}`, `head ${sideName(head)}`] as const
  const tones = { good: paint.good, bad: paint.bad, unsure: paint.unsure, plain: (text: string) => text }
  const body = rowLines(rows, sides, width - 2).flatMap((own, index) => {
    const tone = rows[index - 1]?.tone
    return own.map((line) => `  ${tone ? tones[tone](line) : paint.faint(line)}`)
  })
  const next = nextSteps(comparison).map((step) => `  ${escapedLines(step.replaceAll('`', ''))}`)
  const changes = rows.length > 0 ? ['', ...body, ''] : []
  const text = [title, ...next, ...changes, ...unchangedLine(unchanged), ...remarks(comparison).map(noteLine)]
  return wrapText(text.join('\n'), width)
}

/** The lines of the head and of each row: columns where they all fit, else what was compared and what came of it above its values. */
function rowLines(rows: readonly CompareRow[], sides: readonly [string, string], width: number): string[][] {
  const lines = columns(
    [['', ...sides], ...rows.map(cells)].map((row) => row.map(escaped)),
    [3],
  )
  if (lines.every((line) => visibleWidth(line) <= width)) return lines.map((line) => [line])
  const beside = (...some: readonly string[]) => some.filter(Boolean).map(escaped).join('   ')
  return [
    [`  ${beside(...sides)}`],
    ...rows.map(({ what, call, base, head, change }) => [beside(what, call), `  ${beside(base, head, change)}`]),
  ]
}

/** Worse, but not what fails it, is no good news either. */
export function compareTone(comparison: Comparison): 'good' | 'bad' | 'unsure' {
  if (comparison.measured && !comparison.passed) return 'bad'
  const worse = compareRows(comparison).some(({ tone }) => tone === 'bad')
  return comparison.measured && !worse ? 'good' : 'unsure'
}

function isUndecided({ tone }: CompareRow): boolean {
  return tone === 'unsure'
}

/** What stayed as it was is said in a line: each with its value in head. */
function unchangedLine(rows: readonly CompareRow[]): string[] {
  if (rows.length === 0) return []
  return [`  Unchanged: ${rows.map(({ what, head }) => `${escaped(what)} (${escaped(head)})`).join('; ')}`]
}

function cells({ what, base, head, change, call }: CompareRow): string[] {
  return [what, base, head, change, call]
}

function shownRows(rows: readonly CompareRow[]): CompareRow[] {
  const paths = rows.filter(({ group, what }) => group === 'heap' && what.startsWith('holds '))
  const hidden = new Set(paths.slice(HEAP_PATHS_SHOWN))
  return rows.filter((row) => !hidden.has(row))
}

function noteLine(text: string): string {
  return `  Note: ${escapedLines(text).replaceAll('\n', '\n    ')}`
}

/** What a reader must know of how this was found. */
export function remarks({ memory, times, level, notes, seconds }: Comparison): string[] {
  const heap = memory?.heap
  const hidden = (heap?.paths.length ?? 0) - HEAP_PATHS_SHOWN
  const rounds = times[0]?.rounds
  const took = seconds && Object.entries(seconds).map(([part, value]) => `${part} ${value.toFixed(1)} s`)
  return [
    ...(hidden > 0 ? [`${plural(hidden, 'more heap path')} in the JSON`] : []),
    ...(heap && heap.below.paths > 0
      ? [
          `${plural(heap.below.paths, 'heap path')} with less than ${heap.minimum} B of difference come to ${sizeGain(heap.below.bytes)}`,
        ]
      : []),
    ...(heap && heap.renamed > 0
      ? [`under another key in head, with as much in it: ${plural(heap.renamed, 'heap path')}`]
      : []),
    ...(memory && !memory.garbage ? ['garbage could not be had exactly: the collector ran, or requests differ'] : []),
    ...(rounds === undefined
      ? []
      : [`times: ${plural(rounds, 'round')} of each side, intervals at ${100 - level * 100} %`]),
    ...notes,
    ...(took ? [`took ${took.join(', ')}`] : []),
  ]
}
