import { plural, size } from '../../base/number.js'
import { sumBy } from '../../base/sum.js'
import type { LeakReport } from '../../types/report.js'
import { type BarRow, bars, barsLegend } from './charts.js'
import { foldSmall, smallName, smallRows } from './fold.js'
import { processTable } from './process-table.js'

/**
 * The workers' memory before and after the planned rounds, as bars, the largest first; what moved in shared zones without leaking as a
 * table.
 */
export function memory({ process, heap = [] }: LeakReport): string {
  const { rss, rows: breakdown = [] } = process
  const lua = heap.flatMap(({ vm, reachable, garbage, internals }): BarRow[] => [
    [`Lua heap, ${vm}: reachable`, ...reachable],
    [`Lua heap, ${vm}: garbage`, ...garbage],
    [`Lua heap, ${vm}: string table and internals`, ...internals],
  ])
  const parts = breakdown
    .filter(({ before, after }) => before > 0 || after > 0)
    .map(({ name, vm = 'http', before, after }): BarRow => [vm === 'http' ? name : `${name}, ${vm}`, before, after])
  const whole: BarRow[] = rss.after > 0 ? [['resident memory (RSS)', rss.before, rss.after]] : []
  const explained = (process.moved ?? []).filter(({ zone }) => zone !== undefined)
  return memoryBars(whole, parts.length > 0 ? parts : lua) + processTable(explained)
}

function memoryBars(whole: readonly BarRow[], parts: readonly BarRow[]): string {
  const larger = ([, before, after]: BarRow) => Math.max(before, after)
  const most = Math.max(1, ...[...whole, ...parts].map(larger))
  const ordered = parts.toSorted((one, other) => larger(other) - larger(one))
  const { shown, small } = foldSmall(ordered, (row) => larger(row) / most)
  const rows = [...whole, ...shown]
  if (rows.length === 0) return ''
  const [before, after] = ([1, 2] as const).map((at) => sumBy(small, (row) => row[at]))
  const subtotal = `${smallName(plural(small.length, 'part'))}: ${size(before!)} → ${size(after!)}`
  return bars(rows, most) + smallRows(subtotal, small.length === 0 ? '' : bars(small, most)) + barsLegend()
}
