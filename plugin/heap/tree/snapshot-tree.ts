import type { PathTree, PathTreeNode } from '../../types/path-tree.js'
import type { HeapNode, Snapshot, VmSnapshot } from '../../types/snapshot.js'
import { alignSeries } from '../align.js'
import { pathTrees } from './path-tree.js'

/** The reachable heap of one snapshot by reference path: `b` and `o` have the same figure twice. */
export function heapTrees(snapshot: Snapshot): PathTree[] {
  const series = alignSeries([[snapshot], [snapshot]])
  return pathTrees(series, { from: 0, to: 1 }, []).map((tree) => {
    const vm = snapshot.vms.find(({ label }) => label === tree.vm)
    return vm ? withRetained(tree, vm) : tree
  })
}

/** What moved between two snapshots, by reference path. */
export function differenceTrees(before: Snapshot, after: Snapshot): PathTree[] {
  return pathTrees(alignSeries([[before], [after]]), { from: 0, to: 1 }, [])
}

function withRetained(tree: PathTree, vm: VmSnapshot): PathTree {
  const told = new Map(vm.nodes.map((node, index) => [pathAt(vm.nodes, index), node]))
  const nodes = tree.nodes.map((node, index) => {
    const { ret, retMal } = (node.more === undefined && told.get(pathAt(tree.nodes, index))) || {}
    return {
      ...node,
      ...(ret !== undefined && { ret: [ret, ret] as const }),
      ...(retMal !== undefined && { retMal: [retMal, retMal] as const }),
    }
  })
  return { ...tree, nodes }
}

/** `registry._LOADED.demo`, of the node at an index. */
export function pathAt(nodes: readonly Pick<HeapNode, 'p' | 's'>[], index: number): string {
  let path = ''
  for (let at = index; at >= 0; at = nodes[at]!.p) path = nodes[at]!.s + path
  return path
}

/** Bytes of each node with all below it, at both moments: those of its objects, or what else of it. */
export function totals(
  { nodes }: PathTree,
  of: (node: PathTreeNode) => readonly [before: number, after: number] = ({ b }) => b,
): [before: number, after: number][] {
  const sums = nodes.map((node): [number, number] => [...of(node)])
  for (let index = nodes.length - 1; index >= 0; index--) {
    const parent = sums[nodes[index]!.p]
    if (!parent) continue
    parent[0] += sums[index]![0]
    parent[1] += sums[index]![1]
  }
  return sums
}
