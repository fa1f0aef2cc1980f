import { type PathNode, pathOf, subtree } from '../../../plugin/heap/node.js'
import type { HeapSeries } from '../../../plugin/heap/series.js'

/** All that a series says, for comparison: paths in the order of their names. */
export function contents({ workers, moments, taken, lost, vms }: HeapSeries) {
  const said = ({ columns, source, class: found, weak, stores }: PathNode) => ({ columns, source, found, weak, stores })
  return {
    workers,
    moments,
    taken,
    lost,
    vms: vms.map(({ label, top, files }) => {
      const paths = [...subtree(top)].map((node) => [pathOf(node).join(''), said(node)] as const)
      return { label, files: [...files].sort(), paths: Object.fromEntries(paths) }
    }),
  }
}
