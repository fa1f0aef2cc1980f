import type { LeakReport } from '../../types/report.js'
import { isProcessInBytes } from '../added.js'
import { sizeGain, sizeRate } from '../number.js'
import { addedParts } from './added.js'
import { type BarRow, bars } from './charts.js'
import { table, text } from './markup.js'

/** The workers' memory before and after the planned rounds, as bars; what grew off the Lua heap as a table. */
export function memory({ process, heap = [] }: LeakReport): string {
  const { rss, growths, rows: breakdown = [] } = process
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
  const grown = [...growths, ...explained].map((growth) => {
    const { category, zone, class: kind, bytes, bytesPerRequest, why = '' } = growth
    return [
      `${text(zone ? `${category} ${zone}` : category)}${addedParts(growth, isProcessInBytes(growth))}`,
      text(kind),
      sizeGain(bytes),
      `${sizeRate(bytesPerRequest)}`,
      text(why),
    ]
  })
  return [
    rows.length > 0 ? bars(rows) : '',
    grown.length > 0 ? table(['off the Lua heap', 'what it is', 'bytes', 'per request', 'why'], grown, [2, 3]) : '',
  ].join('')
}
