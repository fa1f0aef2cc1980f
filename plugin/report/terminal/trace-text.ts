import { escaped } from '../../base/escape.js'
import { gain, size, sizeGain } from '../../base/number.js'
import { parsePath } from '../../heap/path.js'
import { prettySteps, splitElements } from '../../heap/path-words.js'
import { pathAt, totals } from '../../heap/tree/snapshot-tree.js'
import type { Growth } from '../../types/growth.js'
import type { PathTree } from '../../types/path-tree.js'
import { columns } from './columns.js'

/** Steps that a path may have to be told one by one; a longer one says enough in its line. */
const MOST_STEPS = 16

/**
 * What keeps a growth alive, one step of its path a line, from the root down: what is there, what it alone keeps alive at the end
 * of the planned rounds, how much of it came in these, and who grows (`>`). No lines where the report has no heap by path.
 */
export function traceText(growth: Growth, trees: readonly PathTree[] | undefined): string[] {
  const tree = trees?.find(({ vm }) => vm === growth.vm)
  const steps = parsePath(splitElements(growth.path)[0])
  if (!tree || growth.process !== undefined || steps.length > MOST_STEPS) return []
  const below = totals(tree)
  // Smaller paths taken together have no step of their own.
  const indexes = new Map(
    tree.nodes.flatMap(({ more }, index) => (more === undefined ? [[pathAt(tree.nodes, index), index] as const] : [])),
  )
  const rows: string[][] = []
  for (let length = 1; length <= steps.length; length++) {
    const index = indexes.get(steps.slice(0, length).join(''))
    if (index === undefined) return []
    const { t = '', src, ret } = tree.nodes[index]!
    const [before, after] = ret ?? below[index]!
    const isSuspect = length === steps.length
    rows.push([
      `${isSuspect ? '>' : ' '} ${escaped(prettySteps(steps.slice(length - 1, length))[0]!)}`,
      t.split(' ')[0]!,
      size(after),
      sizeGain(after - before),
      isSuspect ? gainedWords(growth) : src ? escaped(src) : '',
    ])
  }
  return [
    '  Kept alive by, with what each retains and how much of it came:',
    ...columns(rows, [2, 2, 3, 3]).map((line) => `    ${line}`),
  ]
}

/** `grows: 20,157 entries`, or without entries what is known of it. */
function gainedWords({ slots: { used } }: Growth): string {
  return used > 0 ? `grows: ${gain(used)} entries` : 'grows'
}
