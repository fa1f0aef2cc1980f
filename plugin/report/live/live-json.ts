import { pathRows } from '../../heap/tree/largest.js'
import { differenceTrees } from '../../heap/tree/snapshot-tree.js'
import { detailsOf } from '../../process/details.js'
import { mallocRows } from '../../process/malloc-rows.js'
import { memoryParts } from '../../process/memory-parts.js'
import { processRows } from '../../process/rows.js'
import type { PathTree } from '../../types/path-tree.js'
import type { Snapshot } from '../../types/snapshot.js'
import { coreLacks } from '../words/core-words.js'
import { differenceConclusion } from './difference-text.js'
import { heapConclusion } from './heap-text.js'
import { memoryConclusion } from './memory-text.js'
import { unusual } from './unusual.js'
import { liveVerdict } from './verdict.js'
import { mainHolderOf, type VmPaths, vmPaths } from './vm-paths.js'

/** `resty-leak-heap/1`: the heaps of some workers by reference path. Bytes. */
export function heapJson(snapshots: readonly Snapshot[]): string {
  return json({
    format: 'resty-leak-heap/1',
    workers: snapshots.map((snapshot) => ({
      ...workerFacts(snapshot),
      ...mallocOf(snapshot),
      vms: vmPaths(snapshot).map((ofVm) => ({
        ...vmFacts(ofVm),
        conclusion: heapConclusion(snapshot, ofVm),
        paths: pathsOf(ofVm),
      })),
    })),
  })
}

/** `resty-leak-memory/1`: rows that sum to each worker's resident set. Bytes. */
export function memoryJson(snapshots: readonly Snapshot[]): string {
  return json({
    format: 'resty-leak-memory/1',
    workers: snapshots.map((snapshot) => ({
      ...workerFacts(snapshot),
      rows: snapshot.process.rows ?? [],
      ...mallocOf(snapshot),
      conclusion: memoryConclusion(snapshot),
    })),
  })
}

/**
 * `resty-leak-worker/1`: all that the report of some live workers says (docs/worker.schema.json). `parts` is the resident set level by
 * level; each level sums to the one above. Bytes.
 */
export function workerJson(snapshots: readonly Snapshot[]): string {
  return json({
    format: 'resty-leak-worker/1',
    workers: snapshots.map((snapshot) => ({
      ...workerFacts(snapshot),
      takenAtMs: snapshot.takenAtMs,
      verdict: [...liveVerdict(snapshot), ...coreLacks(snapshot)],
      unusual: unusual(snapshot),
      parts: memoryParts(snapshot).parts,
      rows: snapshot.process.rows ?? [],
      details: detailsOf(snapshot),
      ...mallocOf(snapshot),
      vms: vmPaths(snapshot).map((ofVm) => ({
        ...vmFacts(ofVm),
        accounted: ofVm.vm.accounted,
        holder: mainHolderOf(ofVm)?.path ?? null,
        paths: pathsOf(ofVm),
      })),
      nginx: snapshot.nginx,
      timers: snapshot.timers ?? null,
    })),
  })
}

function workerFacts({ pid, freeze, core, process }: Snapshot) {
  return { pid, pauseMs: freeze.pauseUs / 1000, ...(core && { core }), rss: process.rss }
}

function vmFacts({ vm: { label, build, gcTotal, reachable, garbage } }: VmPaths) {
  return { label, build, gcTotal, reachable, garbage }
}

function pathsOf({ rows, lines }: VmPaths) {
  return rows.map(({ path, own, all, objects, types, source, owner, cdata, retained, freed, malloc, allMalloc }) => ({
    path,
    bytes: own[1],
    withBelow: all[1],
    objects: objects[1],
    types,
    ...(source !== undefined && { source }),
    ...(owner !== undefined && { owner }),
    ...(lines.has(path) && { mayBeAddedAt: lines.get(path) }),
    ...(cdata !== undefined && { cdata }),
    ...(retained !== undefined && { retained }),
    ...(freed !== undefined && { freedInC: freed }),
    ...(malloc[1] > 0 && { malloc: malloc[1] }),
    ...(allMalloc[1] > 0 && { mallocWithBelow: allMalloc[1] }),
  }))
}

/** Who holds malloc's blocks; null with the reason where nobody can tell. Absent where the snapshot has no memory around the heap. */
function mallocOf(snapshot: Snapshot) {
  const { malloc, mallocWhy } = snapshot.process
  if (malloc === undefined) return {}
  if (malloc === null) return { malloc, ...(mallocWhy !== undefined && { mallocWhy }) }
  const { blocks, bytes, lost } = malloc
  return { malloc: { blocks, bytes, holders: mallocRows(snapshot), lost } }
}

/** `resty-leak-diff/1`: pairs are [before, after], in bytes. */
export function differenceJson(before: Snapshot, after: Snapshot): string {
  return json({
    format: 'resty-leak-diff/1',
    before: factsOf(before),
    after: factsOf(after),
    conclusion: differenceConclusion(before, after),
    vms: differenceTrees(before, after).map((tree) => ({ label: tree.vm, paths: changedPaths(tree) })),
    memory: processRows([before], [after]) ?? [],
  })
}

function factsOf({ pid, takenAtMs, process }: Snapshot) {
  return { pid, takenAtMs, rss: process.rss }
}

function changedPaths(tree: PathTree) {
  return pathRows(tree)
    .filter(({ own, objects }) => own[0] !== own[1] || objects[0] !== objects[1])
    .map(({ path, own, objects, types, source, owner }) => ({
      path,
      bytes: own,
      objects,
      types,
      ...(source !== undefined && { source }),
      ...(owner !== undefined && { owner }),
    }))
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 1)}\n`
}
