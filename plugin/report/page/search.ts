import { everyNode, type GraphNode, type Measure, pathOf, sizeOf, type View } from './tree.js'

/** What a search found. */
export interface Matches {
  /** The largest first. */
  readonly nodes: readonly GraphNode[]
  /** Those that are below no other match: their sizes, all below included, sum to what matched, each byte once. */
  readonly topmost: readonly GraphNode[]
  /** The matches, and all on the way to them. */
  readonly marked: ReadonlySet<GraphNode>
}

/** A path matches by its own step or file, or where the words reach over several steps by its end. */
export function search(root: GraphNode, words: string, view: View, measure: Measure): Matches | null {
  const wanted = words.trim().toLowerCase()
  if (wanted === '') return null
  const nodes = matching(root, wanted).sort((one, other) => sizeOf(other, view, measure) - sizeOf(one, view, measure))
  const found = new Set(nodes)
  const marked = new Set<GraphNode>()
  for (const node of nodes) {
    for (let at: GraphNode | null = node; at && !marked.has(at); at = at.parent) marked.add(at)
  }
  return { nodes, topmost: nodes.filter((node) => !isBelow(node, found)), marked }
}

function matching(root: GraphNode, wanted: string): GraphNode[] {
  const several = /[.[^{(].*[.[^{(]/.test(wanted)
  const matches: GraphNode[] = []
  for (const node of everyNode(root)) {
    if (node === root) continue
    const text = several ? pathOf(node) : node.name
    const hit = several ? text.toLowerCase().endsWith(wanted) : text.toLowerCase().includes(wanted)
    if (hit || node.source.toLowerCase().includes(wanted)) matches.push(node)
  }
  return matches
}

function isBelow({ parent }: GraphNode, found: ReadonlySet<GraphNode>): boolean {
  for (let at = parent; at; at = at.parent) if (found.has(at)) return true
  return false
}
