import type { LeakReport } from '../../types/report.js'
import { type BarRow, bars } from './charts.js'
import { processTable } from './process-table.js'

/** The workers' memory before and after the planned rounds, as bars; what moved in shared zones without leaking as a table. */
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
  const rows: BarRow[] = [
    ...(rss.after > 0 ? [['resident memory (RSS)', rss.before, rss.after] as const] : []),
    ...(parts.length > 0 ? parts : lua),
  ]
  const explained = (process.moved ?? []).filter(({ zone }) => zone !== undefined)
  return [rows.length > 0 ? bars(rows) : '', processTable(explained)].join('')
}
