import { sumBy } from '../../base/sum.js'
import type { HeapPath, HeapTable } from '../../types/compare/result.js'
import type { Path } from '../../types/path.js'
import type { Snapshot } from '../../types/snapshot.js'
import { alignSeries } from '../align.js'
import { type PathNode, pathOf } from '../node.js'
import { parsePath, printPath } from '../path.js'
import type { HeapSeries } from '../series.js'

/** Snapshots of one side: for each moment one per worker. */
type Moments = readonly (readonly Snapshot[])[]

/**
 * The steady-state heaps of the two sides, by the same paths: what is collapsed in one of them is collapsed in both.
 * @param base snapshots from the end of the warm-up on; the first is what is compared, the others show what moves by itself
 */
export function heapTables(base: Moments, head: Moments): { readonly base: HeapTable; readonly head: HeapTable } {
  if (base[0]?.length !== head[0]?.length) return { base: heapTable(base), head: heapTable(head) }
  const series = alignSeries([...base, ...head])
  return {
    base: tableOf(series, 0, base.length),
    head: tableOf(series, base.length, base.length + head.length),
  }
}

/** The steady-state heap of one side alone. */
export function heapTable(moments: Moments): HeapTable {
  return tableOf(alignSeries(moments), 0, moments.length)
}

function tableOf(series: HeapSeries, from: number, to: number): HeapTable {
  const paths: HeapPath[] = []
  for (const { label, nodes } of series.vms) {
    for (const node of nodes) {
      const seen = Array.from({ length: to - from }, (_, moment) => heldAt(node, from + moment, series))
      if (seen.every(([objects]) => objects === 0)) continue
      const [objects, bytes] = seen[0]!
      const moved = [rangeOf(seen.map(([count]) => count)), rangeOf(seen.map(([, size]) => size))] as const
      const path = `${label === 'http' ? '' : `${label}:`}${printPath(pathOf(node))}`
      paths.push({ path, objects, bytes, ...((moved[0] > 0 || moved[1] > 0) && { moved }) })
    }
  }
  paths.sort((one, other) => other.bytes - one.bytes || (one.path < other.path ? -1 : 1))
  return {
    objects: sumBy(paths, ({ objects }) => objects),
    bytes: sumBy(paths, ({ bytes }) => bytes),
    paths,
  }
}

function heldAt(node: PathNode, moment: number, series: HeapSeries): [number, number] {
  let [objects, bytes] = [0, 0]
  for (const holding of series.holdings(node, moment)) {
    for (const [type, [count, size]] of holding.objects) {
      objects += count
      // Stacks of coroutines are as large as their deepest call was: capacity, like free slots.
      if (type !== 'thread') bytes += size
    }
    bytes -= holding.slots[4]
  }
  return [objects, bytes]
}

function rangeOf(values: readonly number[]): number {
  return Math.max(...values) - Math.min(...values)
}

/** VM (empty for http, else with its colon) and steps of a path as the tables write it. */
export function splitPath(text: string): { readonly vm: string; readonly steps: Path } {
  const [, vm = '', path = ''] = /^(vm\d+:|stream:)?(.*)$/s.exec(text) ?? []
  return { vm, steps: parsePath(path) }
}
