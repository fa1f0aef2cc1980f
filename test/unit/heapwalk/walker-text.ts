import type { Snapshot } from '../../../plugin/types/snapshot.js'

/** A snapshot as heapwalk writes it: a node a line. */
export function walkerText({ vms, process, end, ...head }: Snapshot): string {
  const heaps = vms.map(({ nodes, ...vm }) => {
    const lines = nodes.map((node) => JSON.stringify(node)).join(',\n')
    return `${JSON.stringify(vm).slice(0, -1)},\n"nodes":[\n${lines}]}`
  })
  const before = `${JSON.stringify(head).slice(0, -1)},\n"vms":[\n${heaps.join(',\n')}`
  return `${before}],\n"timesUs":{"write":1},\n"process":${JSON.stringify(process)},\n"end":"${end}"}\n`
}
