import type { PathTree } from '../../types/path-tree.js'
import { splitElements } from '../path-words.js'
import { pathAt, totals } from './snapshot-tree.js'

/** One reference path of a snapshot, or of two. Pairs are [before, after]. */
export interface PathRow {
  readonly path: string
  /** Bytes of the objects here, without what is below. */
  readonly own: readonly [before: number, after: number]
  /** Bytes with all that is below. */
  readonly all: readonly [before: number, after: number]
  readonly objects: readonly [before: number, after: number]
  /** `table function`, by bytes. */
  readonly types: string
  readonly source: string | undefined
  /** Where the function is defined that the path leads through last; its own source where a function is here. */
  readonly owner: string | undefined
  /** What most of the cdata here are. */
  readonly cdata: string | undefined
  /** Bytes that only the objects here hold, where the snapshot tells. */
  readonly retained: number | undefined
  /** Bytes of malloc that finalizers free once those objects are gone, where there are any. */
  readonly freed: number | undefined
  /** Bytes of malloc that only the objects here hold, and with all that is below. */
  readonly malloc: readonly [before: number, after: number]
  readonly allMalloc: readonly [before: number, after: number]
}

const NONE = [0, 0] as const

/** The paths of a tree in its own order; smaller ones taken together are left out. */
export function pathRows(tree: PathTree): PathRow[] {
  const sums = totals(tree)
  const mallocs = totals(tree, ({ mal = NONE }) => mal)
  const owners: (string | undefined)[] = []
  for (const { p, src } of tree.nodes) owners.push(src ?? owners[p])
  return tree.nodes.flatMap(({ more, b, o, t, src, ct, ret, retMal, mal = NONE }, index) => {
    if (more !== undefined) return []
    return [
      {
        path: pathAt(tree.nodes, index),
        own: b,
        all: sums[index]!,
        objects: o,
        types: t ?? '',
        source: src,
        owner: owners[index],
        cdata: ct,
        retained: ret?.[1],
        freed: retMal?.[1],
        malloc: mal,
        allMalloc: mallocs[index]!,
      },
    ]
  })
}

/** The deepest container below which more than half of the heap hangs; undefined where it divides at once. */
export function mainHolder(rows: readonly PathRow[], reachable: number): PathRow | undefined {
  const large = rows.filter(({ path, all }) => all[1] > reachable / 2 && splitElements(path)[1] === '')
  return large.at(-1)
}
