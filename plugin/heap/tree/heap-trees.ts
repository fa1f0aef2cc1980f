import type { HeapTable } from '../../types/compare/result.js'
import type { PathTree, PathTreeNode } from '../../types/path-tree.js'
import { splitPath } from './heap-table.js'

interface Tree {
  readonly nodes: Draft[]
  readonly indexes: Map<string, number>
}

interface Draft extends PathTreeNode {
  readonly b: [number, number]
  readonly o: [number, number]
}

/** Two steady-state heaps as one tree per VM, for a graph of the difference: before is base, after is head. */
export function heapTrees(base: HeapTable, head: HeapTable): PathTree[] {
  const trees = new Map<string, Tree>()
  for (const [side, { paths }] of [base, head].entries()) {
    for (const { path, objects, bytes } of paths) {
      const { vm, steps } = splitPath(path)
      const tree = trees.get(vm) ?? { nodes: [], indexes: new Map() }
      trees.set(vm, tree)
      const node = tree.nodes[place(tree, steps)]!
      node.b[side as 0 | 1] = bytes
      node.o[side as 0 | 1] = objects
    }
  }
  return [...trees].map(([vm, { nodes }]) => ({ vm: vm === '' ? 'http' : vm.slice(0, -1), nodes }))
}

/** Index of a path, made with all above it where it is not there yet: parents come before their children. */
function place({ nodes, indexes }: Tree, steps: readonly string[]): number {
  let [path, index] = ['', -1]
  for (const s of steps) {
    path += s
    const known = indexes.get(path)
    const p = index
    index = known ?? nodes.push({ p, s, b: [0, 0], o: [0, 0] }) - 1
    indexes.set(path, index)
  }
  return index
}
