import { pathRows } from '../heap/largest.js'
import { differenceTrees, heapTrees } from '../heap/snapshot-tree.js'
import { processRows } from '../process/rows.js'
import type { PathTree } from '../types/path-tree.js'
import type { Snapshot } from '../types/snapshot.js'
import { differenceConclusion } from './difference-text.js'
import { heapConclusion } from './heap-text.js'
import { memoryConclusion } from './memory-text.js'

/** `resty-leak-heap/1`: the heaps of some workers by reference path. Bytes. */
export function heapJson(snapshots: readonly Snapshot[]): string {
  return json({
    format: 'resty-leak-heap/1',
    workers: snapshots.map((snapshot) => {
      const trees = heapTrees(snapshot)
      return {
        pid: snapshot.pid,
        pauseMs: snapshot.freeze.pauseUs / 1000,
        rss: snapshot.process.rss,
        vms: snapshot.vms.map((vm) => {
          const rows = trees.filter((tree) => tree.vm === vm.label).flatMap(pathRows)
          const { label, build, gcTotal, reachable, garbage } = vm
          const paths = rows.map(({ path, own, all, objects, types, source, cdata, retained }) => ({
            path,
            bytes: own[1],
            withBelow: all[1],
            objects: objects[1],
            types,
            ...(source !== undefined && { source }),
            ...(cdata !== undefined && { cdata }),
            ...(retained !== undefined && { retained }),
          }))
          return { label, build, gcTotal, reachable, garbage, conclusion: heapConclusion(snapshot, vm, rows), paths }
        }),
      }
    }),
  })
}

/** `resty-leak-memory/1`: rows that sum to each worker's resident set. Bytes. */
export function memoryJson(snapshots: readonly Snapshot[]): string {
  return json({
    format: 'resty-leak-memory/1',
    workers: snapshots.map(({ pid, freeze, process }) => ({
      pid,
      pauseMs: freeze.pauseUs / 1000,
      rss: process.rss,
      rows: process.rows ?? [],
      conclusion: memoryConclusion(process),
    })),
  })
}

/** `resty-leak-diff/1`: pairs are [before, after], in bytes. */
export function differenceJson(before: Snapshot, after: Snapshot): string {
  return json({
    format: 'resty-leak-diff/1',
    before: factsOf(before),
    after: factsOf(after),
    conclusion: differenceConclusion(before, after),
    vms: differenceTrees(before, after).map((tree) => ({ label: tree.vm, paths: changed(tree) })),
    memory: processRows([before], [after]) ?? [],
  })
}

function factsOf({ pid, takenAtMs, process }: Snapshot) {
  return { pid, takenAtMs, rss: process.rss }
}

function changed(tree: PathTree) {
  return pathRows(tree)
    .filter(({ own, objects }) => own[0] !== own[1] || objects[0] !== objects[1])
    .map(({ path, own, objects, types, source }) => ({
      path,
      bytes: own,
      objects,
      types,
      ...(source !== undefined && { source }),
    }))
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 1)}\n`
}
