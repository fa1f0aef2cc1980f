import { type Holding, type PathNode, pathOf, subtree } from '../../../plugin/heap/node.js'
import type { HeapSeries } from '../../../plugin/heap/series.js'

/** Types in the order of their names. */
function spelled(holding: Holding | undefined) {
  return holding && { ...holding, objects: Object.fromEntries([...holding.objects].sort()) }
}

/** All that a series says, for comparison: paths in the order of their names. */
export function contents({ workers, moments, taken, lost, vms }: HeapSeries) {
  const said = ({ columns, source, class: found, weak, stores }: PathNode) => ({
    columns: Array.from({ length: taken * workers.length }, (_, column) => spelled(columns[column])),
    source,
    found,
    weak,
    stores,
  })
  return {
    workers,
    moments,
    taken,
    lost,
    vms: vms.map(({ label, top, files }) => {
      const paths = subtree(top).map((node) => [pathOf(node).join(''), said(node)] as const)
      return { label, files: [...files].sort(), paths: Object.fromEntries(paths) }
    }),
  }
}
