import { escaped } from '../../base/escape.js'
import type { LeakReport } from '../../types/report.js'
import { bytesAt, type Moment, treeRows } from './tree.js'

/**
 * Folded stacks, as flame-graph tools read them: `registry;._LOADED;.demo 1234`, a path a line with its own bytes.
 * `difference` has two columns, before and after, as difffolded tools do.
 * @throws NoPathsError
 */
export function folded(report: LeakReport, moment: Moment | 'difference' = 'after'): string {
  const lines: string[] = []
  for (const { node, steps } of treeRows(report)) {
    const values = moment === 'difference' ? node.b : [bytesAt(node, moment)]
    if (values.every((bytes) => bytes === 0)) continue
    lines.push(`${steps.map(frame).join(';')} ${values.join(' ')}\n`)
  }
  return lines.join('')
}

/** A semicolon would end the frame, and a blank may end the stack. */
function frame(step: string): string {
  return escaped(step).replaceAll(';', '\\u003b').replaceAll(' ', '\\u0020')
}
