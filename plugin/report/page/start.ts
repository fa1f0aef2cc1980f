import type { Sorted } from './layout.js'
import type { GraphNode } from './tree.js'

/** A view that has this share of the heap has all that can be read: what is beside it would be too narrow for its name. */
const NEARLY_ALL = 0.95

/** Where the graph begins: past the steps above which there is next to nothing beside them, at the first path that branches. */
export function startOf(root: GraphNode, sorted: Sorted): GraphNode {
  const enough = NEARLY_ALL * sorted.sizeOf(root)
  let at = root
  for (;;) {
    const [largest] = sorted.childrenOf(at)
    // A path with nothing below it would be a view of one box.
    if (!largest || sorted.sizeOf(largest) < enough || sorted.childrenOf(largest).length === 0) return at
    at = largest
  }
}
