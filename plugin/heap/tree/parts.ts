import type { HeapParts } from '../../types/path-tree.js'
import type { Snapshot } from '../../types/snapshot.js'
import { bytesOf } from './tally.js'

/** What the bytes of each VM are, before and after, workers summed. Only VMs that both moments have. */
export function heapParts(before: readonly Snapshot[], after: readonly Snapshot[]): HeapParts[] {
  const labels = new Set(before.flatMap(({ vms }) => vms.map(({ label }) => label)))
  return [...labels]
    .filter((label) => after.some(({ vms }) => vms.some((vm) => vm.label === label)))
    .map((vm) => {
      const [one, other] = [partsOf(before, vm), partsOf(after, vm)]
      return {
        vm,
        reachable: [one.reachable, other.reachable],
        garbage: [one.garbage, other.garbage],
        internals: [one.internals, other.internals],
      }
    })
}

function partsOf(
  moment: readonly Snapshot[],
  label: string,
): { reachable: number; garbage: number; internals: number } {
  const sum = { reachable: 0, garbage: 0, internals: 0 }
  for (const vm of moment.flatMap(({ vms }) => vms.filter((vm) => vm.label === label))) {
    const reachable = bytesOf(vm.reachable)
    const garbage = bytesOf(vm.garbage)
    sum.reachable += reachable
    sum.garbage += garbage
    sum.internals += vm.gcTotal - reachable - garbage
  }
  return sum
}
