import type { HeapNode, Snapshot, TypeName, VmSnapshot } from '../../plugin/types/snapshot.js'

/** The http VM of a snapshot. */
export function httpVm(snapshot: Snapshot): VmSnapshot {
  const vm = snapshot.vms.find(({ label }) => label === 'http')
  if (!vm) throw new Error(`no http VM among ${snapshot.vms.map(({ label }) => label).join(', ')}`)
  return vm
}

/** Every node by its whole path. */
export function byPath(vm: VmSnapshot): Map<string, HeapNode> {
  const paths: string[] = []
  return new Map(
    vm.nodes.map((node) => {
      const path = node.p < 0 ? node.s : paths[node.p]! + node.s
      paths.push(path)
      return [path, node]
    }),
  )
}

/** Objects of one type at a path; 0 where there are none. */
export function objectsAt(vm: VmSnapshot, path: string, type: TypeName): number {
  return byPath(vm).get(path)?.o?.[type]?.[0] ?? 0
}
