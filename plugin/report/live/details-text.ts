import type { Snapshot } from '../../types/snapshot.js'
import { table } from '../terminal/columns.js'
import { palette } from '../terminal/palette.js'
import { ANY_WIDTH, type TextOptions } from '../terminal/text-options.js'
import { type DetailTable, details } from './details.js'

/** What is free in the allocators, and what strings, cdata, tables and code are: a line each, with the figures where they matter. */
export function detailsText(snapshot: Snapshot, { colour = false, width = ANY_WIDTH }: TextOptions): string[] {
  const all = details(snapshot)
  const heads = table(
    all.map(({ about, says }) => [about, says]),
    [2],
    width - 2,
  )
  return [
    palette(colour).strong('What is free, and what strings, cdata, tables and code are'),
    ...all.flatMap(({ table, matters }, index) => [
      ...heads[index]!.map((line) => `  ${line}`),
      ...(table && matters ? tableLines(table, width - 4).map((line) => `    ${line}`) : []),
    ]),
  ]
}

function tableLines({ head, rows }: DetailTable, width: number): string[] {
  return table([head, ...rows], [2], width).flat()
}
