import { escaped, escapedLines } from '../../base/escape.js'
import { gain, percent, plural, sizeGain } from '../../base/number.js'
import { parsePath, parsePattern } from '../../heap/path.js'
import { patternCovers } from '../../heap/pattern.js'
import type { Growth } from '../../types/growth.js'
import type { LeakReport, Violation } from '../../types/report.js'
import { updatesOf } from '../words/baseline.js'
import { loadRemark } from '../words/load-words.js'
import { type MovedLine, movedLines } from '../words/moved.js'
import { reachWords } from '../words/seen.js'
import { baselineText } from './baseline-text.js'
import { thresholdRow, violationRow } from './budget-text.js'
import { table } from './columns.js'
import { growthText } from './growth-text.js'
import { headline } from './headline.js'
import { palette } from './palette.js'
import { processText } from './process-text.js'
import { ANY_WIDTH, type TextOptions } from './text-options.js'
import { wrapText } from './wrap.js'

/** Growths beyond these are counted, not shown; the JSON report has them all. */
const GROWTHS_SHOWN = 10
/** The largest growths have their path told step by step. */
const TRACES_SHOWN = 2

/**
 * The report as a terminal shows it: the verdict in one line, then its evidence by path. No line end at the end.
 */
export function reportText(report: LeakReport, { colour = false, width = ANY_WIDTH }: TextOptions = {}): string {
  const paint = palette(colour)
  const attached = attach(report.violations, report.growths)
  const [thresholds, budgets] = separate(report.violations, attached)
  const shown = report.growths.slice(0, GROWTHS_SHOWN)
  const moved = movedLines(report)
  const evidence = [
    ...shown.flatMap((growth, index) => [
      ...(index > 0 ? [''] : []),
      ...growthText(growth, attached.get(growth) ?? [], report, { paint, width, isTraced: index < TRACES_SHOWN }),
    ]),
    ...more(report.growths.length - shown.length, 'smaller growth', 'smaller growths'),
    ...processText(report, paint, width),
    ...titledTable('Budgets:', budgets.map(violationRow), width),
    ...titledTable('Thresholds:', thresholds.map(thresholdRow), width),
    ...titledTable('Moved, but not a leak:', moved.lines.map(movedRow), width),
    ...more(moved.rest, 'other path that moved', 'other paths that moved'),
    ...baselineText(updatesOf([report]), width),
    ...exactness(report),
    ...reach(report),
    ...loadRemark(report.load).map((remark) => `  ${escaped(remark)}`),
    ...remarks(report),
  ]
  const first = headline(report, paint)
  return wrapText(evidence.length === 0 ? first : [first, '', ...evidence].join('\n'), width)
}

/** Each violated budget goes to the largest growth that it covers. */
function attach(violations: readonly Violation[], growths: readonly Growth[]): Map<Growth, Violation[]> {
  const attached = new Map<Growth, Violation[]>()
  for (const violation of violations.filter(isBudget)) {
    const pattern = parsePattern(violation.path)
    const growth = growths.slice(0, GROWTHS_SHOWN).find(({ path }) => patternCovers(pattern, parsePath(path)))
    if (growth) attached.set(growth, [...(attached.get(growth) ?? []), violation])
  }
  return attached
}

/** The violations that need a line of their own: thresholds, then budgets that no growth shows. */
function separate(violations: readonly Violation[], attached: ReadonlyMap<Growth, readonly Violation[]>) {
  const shown = [...attached.values()].flat()
  const left = violations.filter((violation) => !shown.includes(violation))
  return [left.filter((violation) => !isBudget(violation)), left.filter(isBudget)] as const
}

/** A threshold says itself what it is; its path is no reference path. */
function isBudget({ text }: Violation): boolean {
  return text === undefined
}

function titledTable(title: string, rows: readonly (readonly string[])[], width: number): string[] {
  if (rows.length === 0) return []
  const lines = table(rows, [3], width - 4).flat()
  return [`  ${title}`, ...lines.map((line) => `    ${line}`)]
}

function more(amount: number, noun: string, nouns: string): string[] {
  return amount > 0 ? [`  and ${plural(amount, noun, nouns)}: see the JSON report`] : []
}

function movedRow({ class: kind, path, gained, bytes, why }: MovedLine): string[] {
  return [
    kind,
    escaped(path),
    gained === undefined ? '' : gain(gained),
    bytes === 0 ? '' : sizeGain(bytes),
    escaped(why),
  ]
}

/** What had to be said aloud. The verdict's own reasons come first, one per growth of a leak: the headline and the growths say them better. */
function remarks({ verdict, reasons, growths, process }: LeakReport): string[] {
  const said = verdict === 'leak' ? growths.length + process.growths.length : 1
  return reasons.slice(said).map((reason) => `  Note: ${escapedLines(reason).replaceAll('\n', '\n    ')}`)
}

/** What a run that found nothing would have found. */
function reach({ verdict, sensitivity, per }: LeakReport): string[] {
  if (!sensitivity || (verdict !== 'ok' && verdict !== 'inconclusive')) return []
  return [`  Would have shown ${reachWords(sensitivity, per)}`]
}

function exactness({ snapshots }: LeakReport): string[] {
  if (snapshots.length === 0) return []
  const exact = snapshots.filter(({ accounted }) => accounted === 1).length
  const worst = Math.min(...snapshots.map(({ accounted }) => accounted))
  const word = exact === snapshots.length ? 'exact' : 'not exact'
  return [`  Snapshots ${word}: ${percent(worst)} of gc.total accounted for (${exact} of ${snapshots.length})`]
}
