import { percent, plural, size } from '../../base/number.js'
import { sumBy } from '../../base/sum.js'
import { mallocRows } from '../../process/malloc-rows.js'
import type { MemoryRow, Snapshot } from '../../types/snapshot.js'
import { foldSmall, smallName, smallRows } from '../html/fold.js'
import { table, text } from '../html/markup.js'
import { HEAD as MALLOC_HEAD, mallocCells } from './malloc-text.js'

/** What a worker's resident memory is for, the largest first, each row with how it was determined. */
export function memoryTable({ process: { rss, rows = [] }, core }: Snapshot): string {
  const shareOf = ({ bytes }: MemoryRow) => bytes / Math.max(1, rss)
  const ordered = [...rows].sort((one, other) => other.bytes - one.bytes)
  const { shown, small } = foldSmall(ordered, shareOf)
  const head = ['', 'what', core ? 'in the core' : 'resident', 'share', '', 'how it was determined']
  const tableOf = (some: readonly MemoryRow[]) =>
    some.length === 0
      ? ''
      : `<div class="memory">${table(
          head,
          some.map((row) => cells(row, shareOf(row))),
          [2, 3],
        )}</div>`
  const bytes = sumBy(small, (row) => row.bytes)
  return tableOf(shown) + smallRows(`${smallName(plural(small.length, 'row'))}: ${size(bytes)}`, tableOf(small))
}

function cells({ category, vm, name, bytes, how }: MemoryRow, share: number): string[] {
  const whole = Math.min(1, Math.max(0, share))
  return [
    text(category),
    text(`${vm ? `${vm}: ` : ''}${name}`),
    size(bytes),
    percent(Math.max(0, share)),
    `<span class="share"><i style="width:${(whole * 100).toFixed(2)}%"></i></span>`,
    text(how),
  ]
}

/** More holders than these are one row. */
const HOLDERS_SHOWN = 100

/** Who holds malloc's blocks, the most bytes first. What is lost is shown however little it is. */
export function mallocTable(snapshot: Snapshot): string {
  const all = mallocCells(snapshot, HOLDERS_SHOWN)
  if (all === undefined || all.length === 0) return ''
  const whole = Math.max(1, snapshot.process.malloc?.bytes ?? 0)
  const holders = (mallocRows(snapshot) ?? []).slice(0, HOLDERS_SHOWN)
  const isLost = (index: number) => ['lost', 'soon lost'].includes(holders[index]!.kind)
  const { small } = foldSmall([...holders.keys()], (index) => (isLost(index) ? 1 : holders[index]!.bytes / whole))
  const bytes = sumBy(small, (index) => holders[index]!.bytes)
  // Cells are escaped for a terminal already; only the markup is left to do.
  const tableOf = (rows: readonly (readonly string[])[]) =>
    rows.length === 0
      ? ''
      : table(
          MALLOC_HEAD,
          rows.map((row) => row.map(text)),
          [0, 1, 2],
        )
  const folded = new Set(small)
  return (
    tableOf(all.filter((_, index) => !folded.has(index))) +
    smallRows(
      `${smallName(plural(small.length, 'holder'))}: ${size(bytes)}`,
      tableOf(small.map((index) => all[index]!)),
    )
  )
}
