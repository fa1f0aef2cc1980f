import { escaped } from '../../base/escape.js'
import { percent, plural, size } from '../../base/number.js'
import { CATEGORY_WORDS } from '../../process/category-words.js'
import type { MemoryRow, Snapshot, ZoneEntries } from '../../types/snapshot.js'
import { columns, table } from '../terminal/columns.js'
import { palette } from '../terminal/palette.js'
import { ANY_WIDTH, type TextOptions } from '../terminal/text-options.js'
import { visibleWidth, wrapText } from '../terminal/wrap.js'
import { coreLacks, memoryName, ofWhat } from '../words/core-words.js'
import { mallocText, noHolders } from './malloc-text.js'
import { unusual, unusualLines } from './unusual.js'

const BAR_WIDTH = 24

/** Where one worker's memory is: rows that sum to its resident set, and what that means. No line end at the end. */
export function memoryText(snapshot: Snapshot, options: TextOptions = {}): string {
  const { colour = false, width = ANY_WIDTH } = options
  const conclusion = [...mostOfIt(snapshot), ...notKnown(snapshot)].map((sentence) => `  ${sentence}`)
  const found = unusualLines(unusual(snapshot, 'memory'), palette(colour))
  const parts = [memoryLines(snapshot, options), conclusion, found].filter((lines) => lines.length > 0)
  return wrapText(parts.map((lines) => lines.join('\n')).join('\n\n'), width)
}

/** The rows alone, and who holds malloc. */
export function memoryLines(snapshot: Snapshot, { colour = false, width = ANY_WIDTH }: TextOptions): string[] {
  const { pid, process } = snapshot
  const { rss, rows: parts = [] } = process
  const paint = palette(colour)
  const most = Math.max(1, ...parts.map(({ bytes }) => bytes))
  const ordered = [...parts].sort(byCategory(parts))
  const cells = (barWidth: number) =>
    ordered.map((row) => [
      row.category,
      `${row.vm ? `${row.vm}: ` : ''}${escaped(row.name)}`,
      size(row.bytes),
      percent(Math.max(0, row.bytes) / Math.max(1, rss)),
      bar(row.bytes / most, barWidth),
      zoneUse(row),
    ])
  // The words matter more than the bars, which take what room is left.
  const barless = columns(
    cells(0).map((row) => row.slice(0, 4)),
    [2],
  ).map(visibleWidth)
  const room = width - 2 - Math.max(0, ...barless) - 2
  const rows = table(cells(Math.max(0, Math.min(BAR_WIDTH, room))), [2], width - 2).flat()
  return [
    paint.strong(
      `worker ${pid}${ofWhat(snapshot)}: ${size(rss)} ${memoryName(snapshot)}${parts.length > 0 ? ', the rows sum to it exactly' : '; a saved image does not say where it is'}`,
    ),
    ...rows.map((line) => `  ${line}`),
    ...(process.malloc ? ['', ...mallocText(snapshot, undefined, width)] : []),
  ]
}

/** The category with the most memory first, and within it the largest row. */
function byCategory(rows: readonly MemoryRow[]): (one: MemoryRow, other: MemoryRow) => number {
  const sums = sumsByCategory(rows)
  const rank = ({ category }: MemoryRow) => sums.get(category) ?? 0
  return (one, other) =>
    rank(other) - rank(one) || one.category.localeCompare(other.category) || other.bytes - one.bytes
}

function sumsByCategory(rows: readonly MemoryRow[]): Map<MemoryRow['category'], number> {
  const sums = new Map<MemoryRow['category'], number>()
  for (const { category, bytes } of rows) sums.set(category, (sums.get(category) ?? 0) + bytes)
  return sums
}

function bar(share: number, width: number): string {
  return '#'.repeat(Math.max(0, Math.round(share * width)))
}

function zoneUse({ used, capacity, size: whole, category, entries, nodes }: MemoryRow): string {
  if (category !== 'shm') return ''
  if (used === undefined || capacity === undefined) return `of ${size(whole ?? 0)}`
  return [`${size(used)} of ${size(capacity)} in use`, ...(entries ? entryWords(entries) : nodeWords(nodes))].join(', ')
}

/** `1,204 entries never expire (154.1 KB)`: by whether they expire. */
function entryWords({ lasting, expiring, expired }: ZoneEntries): string[] {
  const kinds = [
    [lasting, 'never expire'],
    [expiring, 'will expire'],
    [expired, 'have expired'],
  ] as const
  return kinds
    .filter(([[entries]]) => entries > 0)
    .map(([[entries, bytes], which]) => `${plural(entries, 'entry', 'entries')} ${which} (${size(bytes)})`)
}

function nodeWords(nodes: number | undefined): string[] {
  return nodes === undefined ? [] : [plural(nodes, 'entry', 'entries')]
}

/** What it comes to, each sentence with its figures: what most of it is, what is unusual and what to do, what a core file does not tell. Escaped. */
export function memoryConclusion(snapshot: Snapshot): string[] {
  const found = unusual(snapshot, 'memory').map(({ says, remedy }) => `${says} ${remedy}`)
  return [...mostOfIt(snapshot), ...found, ...notKnown(snapshot)]
}

function mostOfIt({ process: { rss, rows = [] } }: Snapshot): string[] {
  const sums = sumsByCategory(rows)
  const [first] = [...sums].sort(([, one], [, other]) => other - one)
  if (!first) return []
  const [category, bytes] = first
  return [`Most of it is ${CATEGORY_WORDS[category]}: ${size(bytes)}, ${percent(bytes / Math.max(1, rss))}.`]
}

function notKnown(snapshot: Snapshot): string[] {
  return [...noHolders(snapshot), ...coreLacks(snapshot)].map(escaped)
}
