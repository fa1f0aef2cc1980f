import { gain, plural, sizeGain } from '../../base/number.js'
import { pathRows } from '../../heap/tree/largest.js'
import { differenceTrees } from '../../heap/tree/snapshot-tree.js'
import type { Snapshot } from '../../types/snapshot.js'
import { code, prose, row } from '../markdown/markdown-escape.js'
import { changedRows, delta, differenceConclusion } from './difference-text.js'

const SHOWN = 50

/** What changed between two snapshots, for a pull request. */
export function differenceMarkdown(before: Snapshot, after: Snapshot): string {
  const tables = differenceTrees(before, after).map((tree) => {
    const changed = changedRows(pathRows(tree))
    if (changed.length === 0) return `The reachable heap of VM ${prose(tree.vm)} is the same.`
    const cells = changed
      .slice(0, SHOWN)
      .map((each) =>
        row([code(each.path), sizeGain(delta(each)), gain(each.objects[1] - each.objects[0]), prose(each.types)]),
      )
    const left = changed.length - SHOWN
    return [
      `VM ${prose(tree.vm)}`,
      '',
      row(['path', 'bytes', 'objects', 'types']),
      row(['---', '---:', '---:', '---']),
      ...cells,
      ...(left > 0 ? ['', `and ${plural(left, 'smaller change')}`] : []),
    ].join('\n')
  })
  const conclusion = differenceConclusion(before, after).map(prose).join(' ')
  return `${[`### Worker ${before.pid} → worker ${after.pid}`, conclusion, ...tables].join('\n\n')}\n`
}
