import { count, gain, plural, sizeGain, sizeRate } from '../../base/number.js'
import type { Located } from '../../types/added.js'
import type { UpdatedEntry } from '../../types/budget.js'
import type { Growth } from '../../types/growth.js'
import type { LeakReport } from '../../types/report.js'
import { thresholdRow, violationRow } from '../terminal/budget-text.js'
import { headline } from '../terminal/headline.js'
import { palette } from '../terminal/palette.js'
import type { TableRow } from '../terminal/table.js'
import { worstGrowth } from '../terminal/worst.js'
import { addedRemarks, addedWords, frameLines, isInBytes, isProcessInBytes } from '../words/added.js'
import { entryRow, type ToldUpdate, updatesOf, updateTitle } from '../words/baseline.js'
import { loadRemark } from '../words/load-words.js'
import { movedLines } from '../words/moved.js'
import { definedWords, ownerPlace } from '../words/place.js'
import { plainWords } from '../words/plain-words.js'
import { holderName, holderPlace, processCells } from '../words/process-words.js'
import { countsRounds, ratesOf } from '../words/rounds.js'
import { trend } from '../words/sparkline.js'
import { capacityWords, METRIC_OF, rateOf, ratePair, typeRows } from '../words/type-rows.js'
import { code, codeBlock, prose, row, withWords } from './markdown-escape.js'
import { joinWhatFits } from './what-fits.js'

/** The first line of a comment, by which a workflow finds its own to update it in place. */
export const MARKDOWN_MARKER = '<!-- vitest-openresty-leak -->'

/** One report as a section: the verdict, what grew, and why in plain words. Ends in a line end. */
export function reportMarkdown(report: LeakReport, options: { readonly title?: string } = {}): string {
  return joinWhatFits([`${MARKDOWN_MARKER}\n`, ...sections(report, options.title)])
}

/**
 * All measurements of a run for a step summary, or a comment: those that failed in full, those that passed in a line each.
 * @param only `findings`: an empty string where every measurement passed and nothing grew, so that no comment is made
 */
export function runMarkdown(tests: readonly TableRow[], only: 'all' | 'findings' = 'all'): string {
  if (only === 'findings' && !hasFindings(tests)) return ''
  const all = measurementsOf(tests)
  const failed = all.filter(isFailed).length
  const title = failed === 0 ? 'no leak' : `${failed} of ${plural(all.length, 'measurement')} failed`
  return joinWhatFits([`${MARKDOWN_MARKER}\n## OpenResty leak tests: ${title}\n\n`, ...measurementPieces(tests)])
}

/** Whether a measurement failed, or saw something grow. */
export function hasFindings(tests: readonly TableRow[]): boolean {
  return measurementsOf(tests).some(isTold)
}

/** A table of all measurements, then those in full that have something to tell: pieces of which each may be left out. */
export function measurementPieces(tests: readonly TableRow[]): string[] {
  const all = measurementsOf(tests)
  const overview = [
    row(['', 'test', 'verdict', 'grows most']),
    row(['---', '---', '---', '---']),
    ...all.map((measurement) => {
      const { name, report } = measurement
      const worst = worstGrowth(report)
      const mark = isFailed(measurement) ? '✗' : '✓'
      return row([mark, prose(name), report.verdict, worst ? `${code(worst.name)}, ${worst.rate}` : ''])
    }),
  ]
  const told = all.filter(isTold)
  return [`${overview.join('\n')}\n`, ...told.flatMap(({ name, report }) => ['\n', ...sections(report, name)])]
}

interface Measured {
  readonly name: string
  readonly state: string
  readonly report: LeakReport
}

function measurementsOf(tests: readonly TableRow[]): Measured[] {
  return tests.flatMap(({ name, state, reports }) => reports.map((report) => ({ name, state, report })))
}

function isFailed({ report, state }: Measured): boolean {
  return !report.passed || state === 'failed'
}

function isTold(measurement: Measured): boolean {
  const { report } = measurement
  const changesBaseline = report.baselineUpdate?.entries.some(({ change }) => change !== 'kept') ?? false
  return isFailed(measurement) || worstGrowth(report) !== undefined || changesBaseline
}

function sections(report: LeakReport, title?: string): string[] {
  const { growths, violations, process, reasons, verdict } = report
  const { lines, rest } = movedLines(report)
  const notes = reasons.slice(verdict === 'leak' ? growths.length + process.growths.length : 1)
  return [
    `${title ? `### ${prose(title)}\n\n` : ''}${withWords(headline(report, palette(false)), (first) => `**${first}**`)}\n`,
    ...(growths.length > 0 ? [`\n${growthTable(growths, report)}\n`] : []),
    ...(process.growths.length > 0 ? [`\n${processTable(report)}\n`] : []),
    ...plainWords(report, PLAIN_SHOWN).map((sentences) => `\n${sentences.map(prose).join(' ')}\n`),
    ...growths.slice(0, PLAIN_SHOWN).map((growth) => addedSection(growth, isInBytes(growth))),
    ...process.growths.slice(0, PLAIN_SHOWN).map((growth) => addedSection(growth, isProcessInBytes(growth))),
    ...list(
      'Budgets and thresholds',
      violations.map((one) => prose((one.text === undefined ? violationRow(one) : thresholdRow(one)).join(': '))),
    ),
    ...list('Moved, but not a leak', [
      ...lines.map(({ class: kind, path, why }) => `${kind}: ${code(path)}${why ? `, ${prose(why)}` : ''}`),
      ...(rest > 0 ? [`and ${plural(rest, 'other path that moved', 'other paths that moved')}`] : []),
    ]),
    ...updatesOf([report]).flatMap((update) =>
      list(
        updateTitle([update]),
        update.entries.map((entry) => updateItem(entry, update)),
      ),
    ),
    ...list('Notes', [...loadRemark(report.load), ...notes].map(prose)),
  ]
}

function updateItem(entry: UpdatedEntry, { per }: ToldUpdate): string {
  const [change = '', path = '', words = ''] = entryRow(entry, per)
  return `${change}: ${code(path)}, ${prose(words)}`
}

/** Each line that adds, with its source in a block of code. */
function addedSection(growth: Located & Pick<Growth, 'per'>, isInBytes: boolean): string {
  const unit = { per: growth.per, isInBytes }
  const places = (growth.addedAt ?? []).map((added) => {
    const frame = frameLines(added)
    return `\n${prose(addedWords(added, unit))}\n${frame.length === 0 ? '' : `\n${codeBlock(frame)}\n`}`
  })
  const remarks = addedRemarks(growth).map((words) => `\n${prose(words)}\n`)
  return `${places.join('')}${remarks.join('')}`
}

const PLAIN_SHOWN = 5
const ROWS_SHOWN = 100

function growthTable(growths: readonly Growth[], { requests, per }: LeakReport): string {
  const rows = growths.slice(0, ROWS_SHOWN).flatMap((growth) => {
    const { path, rounds, slots, entriesPerRequest, bytesPerRequest } = growth
    const place = ownerPlace(growth)
    const lines = typeRows(growth).map((of) => {
      const name = of.isContents ? `contents of ${METRIC_OF[of.type]}` : METRIC_OF[of.type]
      return [
        [name, definedWords(of.definedAt ?? [])].flatMap((words) => (words ? prose(words) : [])).join(' '),
        of.isContents ? '' : gain(of.objects),
        sizeGain(of.bytes),
        ratePair(growth, of),
      ]
    })
    if (lines.length === 0) {
      lines.push(
        entriesPerRequest > 0
          ? ['entries', gain(slots.used), '', rateOf(growth, entriesPerRequest)]
          : ['contents', '', '', rateOf(growth, bytesPerRequest, sizeRate)],
      )
    }
    const capacity = capacityWords(growth)
    if (capacity) lines.push([`tables, ${prose(capacity)}`, gain(0), sizeGain(slots.bytes), ''])
    const first = [code(path), place ? code(place) : '']
    return lines.map((cells, index) =>
      row([...(index === 0 ? first : ['', '']), ...cells, index === 0 ? trend(ratesOf(rounds, requests)) : '']),
    )
  })
  return [
    row(['path', 'source', 'type', 'objects', 'bytes', `per ${per ?? 'request'}`, 'by round']),
    row(['---', '---', '---', '--:', '--:', '--:', '---']),
    ...rows,
  ].join('\n')
}

/** What grew off the Lua heap, a row each. */
function processTable({ process, requests }: LeakReport): string {
  const rows = process.growths.slice(0, ROWS_SHOWN).map((growth) => {
    const { counted, gained, bytes, rate, object } = processCells(growth)
    const place = holderPlace(growth)
    const rounds = countsRounds(growth.per) ? trend(ratesOf(growth.rounds ?? [], requests)) : ''
    const cells = [code(holderName(growth)), place ? code(place) : '', object ? code(object) : '']
    return row([...cells, gained === '' ? '' : `${gained} ${counted}`, bytes, rate, rounds])
  })
  return [
    row(['off the Lua heap', 'source', 'C type', 'gained', 'bytes', 'rate', 'by round']),
    row(['---', '---', '---', '--:', '--:', '--:', '---']),
    ...rows,
  ].join('\n')
}

/** A folded list; nothing where there is nothing. */
function list(title: string, lines: readonly string[]): string[] {
  if (lines.length === 0) return []
  const shown = lines.slice(0, ROWS_SHOWN).map((line) => `- ${line}`)
  const more = lines.length > ROWS_SHOWN ? [`- and ${count(lines.length - ROWS_SHOWN)} more`] : []
  return [
    `\n<details><summary>${title} (${count(lines.length)})</summary>\n\n${[...shown, ...more].join('\n')}\n\n</details>\n`,
  ]
}
