import { escaped } from '../../base/escape.js'
import { count, percent, plural, size } from '../../base/number.js'
import { sumBy } from '../../base/sum.js'
import { type MallocRow, mallocRows } from '../../process/malloc-rows.js'
import type { Snapshot } from '../../types/snapshot.js'
import { table } from '../terminal/columns.js'
import { ANY_WIDTH } from '../terminal/text-options.js'
import { holderPath } from '../words/process-words.js'

/** Holders shown; the smaller ones are one row, so that the rows add up. */
const SHOWN = 15

/** Of the columns that `mallocCells` has. */
export const HEAD = ['bytes', 'share', 'blocks', 'held by', ''] as const

/** Who holds malloc's blocks, a line each, for a terminal. No lines where the snapshot says nothing of malloc. */
export function mallocText(snapshot: Snapshot, shown = SHOWN, width = ANY_WIDTH): string[] {
  const { malloc } = snapshot.process
  const cells = mallocCells(snapshot, shown)
  if (cells === undefined || !malloc) return noHolders(snapshot).map((sentence) => `  ${escaped(sentence)}`)
  return [
    `  malloc by who holds it: ${size(malloc.bytes)} in ${plural(malloc.blocks, 'block')}, the rows sum to it exactly`,
    ...table([HEAD, ...cells], [2], width - 4)
      .flat()
      .map((line) => `    ${line}`),
  ]
}

/** Bytes, share, blocks, holder, the objects behind it, a row each. Escaped. Undefined where nobody can tell. */
export function mallocCells(snapshot: Snapshot, shown = SHOWN): string[][] | undefined {
  const rows = mallocRows(snapshot)
  const all = snapshot.process.malloc?.bytes ?? 0
  if (!rows) return undefined
  // what is lost is shown however little it is
  const told = rows.filter(({ kind }, index) => index < shown || kind === 'lost' || kind === 'soon lost')
  const rest = rows.filter((row) => !told.includes(row))
  const cells = told.map(({ bytes, blocks, objects, ...row }) => [
    size(bytes),
    percent(bytes / Math.max(1, all)),
    count(blocks),
    escaped(name(row)),
    escaped(objects ?? ''),
  ])
  if (rest.length === 0) return cells
  const [bytes, blocks] = (['bytes', 'blocks'] as const).map((of) => sumBy(rest, (row) => row[of]))
  const last = [
    size(bytes!),
    percent(bytes! / Math.max(1, all)),
    count(blocks!),
    plural(rest.length, 'smaller holder'),
    '',
  ]
  return [...cells, last]
}

function name({ kind, holder, vm }: Pick<MallocRow, 'kind' | 'holder' | 'vm'>): string {
  if (kind === 'path') return `${holderPath(holder)}${vm === 'http' ? '' : `, ${vm} VM`}`
  return kind === 'garbage' ? 'garbage with finalizers' : holder
}

/** That nobody can tell who holds malloc, with the reason, where that is so. Not escaped. */
export function noHolders({ process: { malloc, mallocWhy } }: Snapshot): string[] {
  return malloc === null ? [`Who holds malloc is not known (${mallocWhy ?? 'no reason was given'}).`] : []
}
