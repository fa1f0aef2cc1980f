import { escaped } from '../../base/escape.js'
import { percent, plural, size } from '../../base/number.js'
import { sumBy } from '../../base/sum.js'
import { CATEGORY_WORDS } from '../../process/category-words.js'
import type { MemoryRow, Snapshot, ZoneEntries } from '../../types/snapshot.js'
import { columns, table } from '../terminal/columns.js'
import { palette } from '../terminal/palette.js'
import { ANY_WIDTH, type TextOptions } from '../terminal/text-options.js'
import { visibleWidth, wrapText } from '../terminal/wrap.js'
import { coreLacks, memoryName, ofWhat } from '../words/core-words.js'
import { mallocConclusion, mallocText } from './malloc-text.js'

const BAR_WIDTH = 24

/** Where one worker's memory is: rows that sum to its resident set, and what that means. No line end at the end. */
export function memoryText(snapshot: Snapshot, options: TextOptions = {}): string {
  const { width = ANY_WIDTH } = options
  const conclusion = memoryConclusion(snapshot).map((sentence) => `  ${escaped(sentence)}`)
  return wrapText([...memoryLines(snapshot, options), '', ...conclusion].join('\n'), width)
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
  const sums = new Map<string, number>()
  for (const { category, bytes } of rows) sums.set(category, (sums.get(category) ?? 0) + bytes)
  const rank = ({ category }: MemoryRow) => sums.get(category) ?? 0
  return (one, other) =>
    rank(other) - rank(one) || one.category.localeCompare(other.category) || other.bytes - one.bytes
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

/** Above this share a shared zone is called full. */
const FULL = 0.9
/** From this share of the resident set on, something is worth a sentence. */
const NOTABLE = 0.1

type Rule = (rows: readonly MemoryRow[], rss: number) => string | undefined

/** The conclusion in plain words, each sentence with its figures; last what a core file does not tell. Only names of zones are escaped. */
export function memoryConclusion(snapshot: Snapshot): string[] {
  const { rss, rows = [] } = snapshot.process
  return [...RULES.flatMap((rule) => rule(rows, rss) ?? []), ...mallocConclusion(snapshot), ...coreLacks(snapshot)]
}

const RULES: readonly Rule[] = [
  (rows, rss) => {
    const [first] = [...new Set(rows.map(({ category }) => category))]
      .map((category) => ({ category, bytes: bytesIn(rows, category) }))
      .sort((one, other) => other.bytes - one.bytes)
    return (
      first &&
      `Most of it is ${CATEGORY_WORDS[first.category]}: ${size(first.bytes)}, ${percent(first.bytes / Math.max(1, rss))}.`
    )
  },
  (rows, rss) => {
    const garbage = rows.filter(({ category, name }) => category === 'lua' && name === 'garbage')
    const bytes = sumBy(garbage, (row) => row.bytes)
    return bytes > rss * NOTABLE
      ? `${size(bytes)} of it is Lua garbage that waits for the collector: no leak.`
      : undefined
  },
  (rows, rss) => {
    const bytes = freeIn(rows)
    return bytes > rss * NOTABLE
      ? `${size(bytes)} is free inside the allocators and will be used again; it does not go back to the system by itself.`
      : undefined
  },
  (rows) => {
    const full = rows.filter(({ used, capacity }) => capacity && used !== undefined && used > FULL * capacity)
    return full.length > 0
      ? `Nearly full: ${full.map(({ name, used, capacity }) => `${escaped(name)} (${percent(used! / capacity!)})`).join(', ')}. A full dictionary evicts, or refuses what is new.`
      : undefined
  },
  (rows) => {
    const short = rows.filter(({ entries, failures }) => entries && failures)
    return short.length > 0 ? `Was full once: ${short.map(fullWords).join('; ')}.` : undefined
  },
  (rows, rss) => {
    const bytes = bytesIn(rows, 'other')
    return bytes > rss * NOTABLE
      ? `${size(bytes)} could not be told apart: it is in the rows under "other".`
      : undefined
  },
]

/** Each failed allocation threw an entry out, or was refused. */
function fullWords({ name, failures, entries }: MemoryRow): string {
  const next = entries?.oldest ? `, and what it throws out next ${NEXT[entries.oldest]}` : ''
  return `${escaped(name)}, where ${plural(failures ?? 0, 'allocation')} found no room${next}`
}

const NEXT = { lasting: 'never expires', expiring: 'has not expired', expired: 'has expired' } as const

function bytesIn(rows: readonly MemoryRow[], category: MemoryRow['category']): number {
  return sumBy(
    rows.filter((row) => row.category === category),
    ({ bytes }) => bytes,
  )
}

function freeIn(rows: readonly MemoryRow[]): number {
  return sumBy(
    rows.filter(
      ({ category, name }) => (category === 'malloc' || category === 'lua') && /, free$|^allocator free/.test(name),
    ),
    ({ bytes }) => bytes,
  )
}
