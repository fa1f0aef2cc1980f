import type { Snapshot } from '../types/snapshot.js'
import { type NodeLines, NoNodeLines, readNodeLines } from './node-lines.js'

/** The nodes of each VM of a snapshot, in the order of its VMs. */
export type KnownNodes = readonly NodeLines[]

/** What stands before the first node of a VM; no string of JSON has a line break in it. */
const NODES = ',\n"nodes":[\n'

/**
 * A snapshot, and its nodes as they were read: they are most of it and hardly change, so they are read apart from the rest, as readNodeLines() does.
 * Undefined where it is not written as heapwalk writes it, or is no JSON.
 * @param before the nodes of an earlier snapshot, by VM
 */
export function readApart(text: string, before: KnownNodes): { snapshot: Snapshot; nodes: KnownNodes } | undefined {
  try {
    const nodes: NodeLines[] = []
    let rest = ''
    let from = 0
    for (let found = text.indexOf(NODES); found >= 0; found = text.indexOf(NODES, from)) {
      const first = found + NODES.length
      const lines = readNodeLines(text, first, before[nodes.length])
      nodes.push(lines)
      rest += text.slice(from, first)
      from = first + lines.text.length
    }
    const read = JSON.parse(rest + text.slice(from)) as Snapshot
    if (!Array.isArray(read.vms) || read.vms.length !== nodes.length) return undefined
    return { snapshot: { ...read, vms: read.vms.map((vm, index) => ({ ...vm, nodes: nodes[index]!.nodes })) }, nodes }
  } catch (error) {
    if (error instanceof NoNodeLines || error instanceof SyntaxError) return undefined
    throw error
  }
}
