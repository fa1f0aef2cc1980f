import type { PathTreeNode } from '../../types/path-tree.js'
import type { LeakReport } from '../../types/report.js'

/** Which heap a picture shows. */
export type Moment = 'before' | 'after'

/** One path of a report's trees, with the steps that lead to it. */
export interface TreeRow {
  readonly node: PathTreeNode
  /** VM name first where there are several, then root and steps; the last one names the remainder where `more` is set. */
  readonly steps: readonly string[]
}

/** A report without path trees was asked for a picture of them. `code` is `REPORT_NO_PATHS`. */
export class NoPathsError extends Error {
  override readonly name = 'NoPathsError'
  readonly code = 'REPORT_NO_PATHS'

  constructor() {
    super(
      'the report has no paths: it was made by a run that broke off, or belongs to a test that passed. `resty-leak run --json` keeps the paths of every run.',
    )
  }
}

/**
 * Every path of a report, parents first.
 * @throws NoPathsError
 */
export function treeRows({ paths = [] }: LeakReport): TreeRow[] {
  if (paths.every(({ nodes }) => nodes.length === 0)) throw new NoPathsError()
  return paths.flatMap(({ vm, nodes }) => {
    const rows: TreeRow[] = []
    for (const node of nodes) {
      const above = node.p < 0 ? (paths.length > 1 ? [`${vm} VM`] : []) : rows[node.p]!.steps
      rows.push({ node, steps: [...above, nameOf(node)] })
    }
    return rows
  })
}

/** The step, or what stands for several. */
export function nameOf({ s, more }: PathTreeNode): string {
  return more === undefined ? s : `(${more} smaller paths)`
}

export function bytesAt({ b }: PathTreeNode, moment: Moment): number {
  return b[moment === 'before' ? 0 : 1]
}
