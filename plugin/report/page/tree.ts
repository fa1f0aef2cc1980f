import type { MomentLabels, PathTree, PathTreeNode } from '../../types/path-tree.js'

/** What a report page hands to its graph. */
export interface GraphData {
  readonly trees: readonly PathTree[]
  readonly labels: MomentLabels
}

export type View = 'before' | 'after' | 'difference'
export type Measure = 'bytes' | 'objects'
type Pair = readonly [before: number, after: number]

/** One path of the graph with all below it. */
export interface GraphNode {
  readonly name: string
  readonly parent: GraphNode | null
  readonly children: GraphNode[]
  readonly depth: number
  readonly types: string
  readonly source: string
  /** What most of the cdata here are; empty where there is none. */
  readonly ctype: string
  /** So many smaller paths taken together by who made the tree; 0 for a path of its own. */
  readonly more: number
  /** True where the page takes its children together, which are too small to be drawn beside their larger siblings. */
  readonly isFold: boolean
  /** True for what stands for a VM, where there are several: no step of a path. */
  readonly isVm: boolean
  readonly own: Readonly<Record<Measure, Pair>>
  /** Bytes that only the objects here hold; null where the snapshots do not tell. */
  readonly retained: Pair | null
  /** With all below. `either` sums the larger of both moments: as wide as anything in it ever was. */
  readonly all: Readonly<Record<Measure, { before: number; after: number; either: number }>>
}

/** The trees of all VMs below one root. A parent comes before its children, as in the report. */
export function growTree({ trees }: GraphData): GraphNode {
  const root = node('GC roots', null, {})
  const order = [root]
  for (const { vm, nodes } of trees) {
    const top = trees.length > 1 ? node(`${vm} VM`, root, {}, true) : root
    if (top !== root) order.push(top)
    const placed: GraphNode[] = []
    for (const given of nodes) {
      const parent = given.p < 0 ? top : placed[given.p]!
      const name = given.more === undefined ? given.s : `(${given.more.toLocaleString('en-US')} smaller paths)`
      const at = node(name, parent, given)
      placed.push(at)
      order.push(at)
    }
  }
  for (const at of order.reverse()) {
    if (!at.parent) continue
    for (const measure of ['bytes', 'objects'] as const) {
      for (const key of ['before', 'after', 'either'] as const) at.parent.all[measure][key] += at.all[measure][key]
    }
  }
  return root
}

function node(name: string, parent: GraphNode | null, given: Partial<PathTreeNode>, isVm = false): GraphNode {
  const { b = [0, 0], o = [0, 0], t = '', src = '', ct = '', more = 0, ret = null } = given
  const total = ([before, after]: Pair) => ({ before, after, either: Math.max(before, after) })
  const made: GraphNode = {
    name,
    parent,
    children: [],
    depth: parent ? parent.depth + 1 : 0,
    types: t,
    source: src,
    ctype: ct,
    more,
    isFold: false,
    isVm,
    own: { bytes: b, objects: o },
    retained: ret,
    all: { bytes: total(b), objects: total(o) },
  }
  parent?.children.push(made)
  return made
}

/** Some children of a path taken together. They keep their parent: the fold is only a place from which they are opened. */
export function foldOf(parent: GraphNode, children: GraphNode[]): GraphNode {
  const total = (measure: Measure) => {
    const sum = { before: 0, after: 0, either: 0 }
    for (const { all } of children) {
      for (const key of ['before', 'after', 'either'] as const) sum[key] += all[measure][key]
    }
    return sum
  }
  return {
    name: `(${children.length.toLocaleString('en-US')} narrow paths)`,
    parent,
    children,
    depth: parent.depth + 1,
    types: '',
    source: '',
    ctype: '',
    more: 0,
    isFold: true,
    isVm: false,
    own: { bytes: [0, 0], objects: [0, 0] },
    retained: null,
    all: { bytes: total('bytes'), objects: total('objects') },
  }
}

/** How wide a path is drawn. */
export function sizeOf({ all }: GraphNode, view: View, measure: Measure): number {
  return all[measure][view === 'difference' ? 'either' : view]
}

/** What a path gained with all below it. */
export function changeOf({ all }: GraphNode, measure: Measure): number {
  return all[measure].after - all[measure].before
}

/** From the root's first child down to the node, as reports write paths. */
export function pathOf(at: GraphNode): string {
  const steps: string[] = []
  for (let node: GraphNode | null = at; node?.parent; node = node.parent) {
    steps.push(node.isVm && node !== at ? `${node.name}: ` : node.name)
  }
  return steps.reverse().join('') || at.name
}

/** The node at a path, as far down as it exists. */
export function findPath(root: GraphNode, vm: string, path: string): GraphNode {
  let at = root.children.find(({ name }) => name === `${vm} VM`) ?? root
  for (let rest = path; rest; ) {
    const next = at.children.find(
      ({ name, more }) =>
        !more && rest.startsWith(name) && (name.length === rest.length || /[.[{(]/.test(rest[name.length]!)),
    )
    if (!next) break
    rest = rest.slice(next.name.length)
    at = next
  }
  return at
}

/** A node and all below it. */
export function* everyNode(root: GraphNode): Generator<GraphNode> {
  const open = [root]
  for (let at = open.pop(); at; at = open.pop()) {
    yield at
    for (const child of at.children) open.push(child)
  }
}
