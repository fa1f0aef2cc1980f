import { escaped } from '../../base/escape.js'
import { gain, plural, size, sizeGain } from '../../base/number.js'
import { sumBy } from '../../base/sum.js'
import { luaPath, splitElements } from '../../heap/path-words.js'
import { type PathRow, pathRows } from '../../heap/tree/largest.js'
import { differenceTrees } from '../../heap/tree/snapshot-tree.js'
import { processRows } from '../../process/rows.js'
import type { Snapshot } from '../../types/snapshot.js'
import { table } from '../terminal/columns.js'
import { palette } from '../terminal/palette.js'
import { ANY_WIDTH, type TextOptions } from '../terminal/text-options.js'
import { wrapText } from '../terminal/wrap.js'

export interface DifferenceOptions extends TextOptions {
  /** Paths shown per VM. Default 20. */
  readonly top?: number
}

/** What grew and shrank between two snapshots, the most first. No line end at the end. */
export function differenceText(before: Snapshot, after: Snapshot, options: DifferenceOptions = {}): string {
  const { top = 20, colour = false, width = ANY_WIDTH } = options
  const paint = palette(colour)
  const vms = differenceTrees(before, after).map((tree) => {
    const changed = changedRows(pathRows(tree))
    return [
      paint.strong(`VM ${tree.vm}: ${changes(changed)}`),
      ...table(changed.slice(0, top).map(cells), [2], width - 2)
        .flat()
        .map((line) => `  ${line}`),
      ...(changed.length > top ? [`  and ${plural(changed.length - top, 'smaller change')}`] : []),
    ]
  })
  const memory = memoryChanges(before, after, width)
  const parts = [
    [`${title(before)} -> ${title(after)}`],
    ...vms,
    ...(memory.length > 0 ? [[paint.strong('Memory of the process'), ...memory.map((line) => `  ${line}`)]] : []),
    differenceConclusion(before, after),
  ]
  return wrapText(parts.map((lines) => lines.join('\n')).join('\n\n'), width)
}

function title({ pid, takenAtMs, process }: Snapshot): string {
  return `worker ${pid} at ${new Date(takenAtMs).toISOString()} (${size(process.rss)})`
}

/** Rows that differ, by how much. */
export function changedRows(rows: readonly PathRow[]): PathRow[] {
  return rows.filter((row) => delta(row) !== 0).sort((one, other) => Math.abs(delta(other)) - Math.abs(delta(one)))
}

export function delta({ own }: PathRow): number {
  return own[1] - own[0]
}

function changes(rows: readonly PathRow[]): string {
  if (rows.length === 0) return 'the reachable heap is the same'
  return `${sizeGain(sumBy(rows, delta))} reachable, ${plural(rows.length, 'path')} changed`
}

function cells(row: PathRow): string[] {
  const { objects, types, path, owner } = row
  return [
    sizeGain(delta(row)),
    gain(objects[1] - objects[0]),
    types,
    `${escaped(path)}${owner ? `  ${escaped(owner)}` : ''}`,
  ]
}

function memoryChanges(before: Snapshot, after: Snapshot, width: number): string[] {
  const rows = processRows([before], [after]) ?? []
  const changed = rows.filter(({ before, after }) => before !== after)
  changed.sort((one, other) => Math.abs(other.after - other.before) - Math.abs(one.after - one.before))
  return table(
    changed.map(({ category, name, vm, before, after }) => [
      category,
      `${vm ? `${vm}: ` : ''}${escaped(name)}`,
      sizeGain(after - before),
      `${size(before)} -> ${size(after)}`,
    ]),
    [2],
    width - 2,
  ).flat()
}

/** One difference proves no leak: it says what grew most, and what would prove it. */
export function differenceConclusion(before: Snapshot, after: Snapshot): string[] {
  const rows = differenceTrees(before, after).flatMap(pathRows)
  const [most] = changedRows(rows).filter((row) => delta(row) > 0)
  if (!most) return ['Nothing grew on the reachable heap.']
  const [container] = splitElements(most.path)
  const served = before.nginx && after.nginx && after.nginx.requests - before.nginx.requests
  const over = served ? `, over ${plural(served, 'request')}` : ''
  return [
    `Most grew in ${escaped(luaPath(container))}${most.owner ? ` (${escaped(most.owner)})` : ''}: ${sizeGain(delta(most))}${over}.`,
    'Two snapshots show growth, not a leak: whether it goes on is for resty-leak run --attach to say.',
  ]
}
