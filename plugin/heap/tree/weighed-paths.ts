import { type Columns, onceForColumns, type PathNode } from '../node.js'
import { parsePath } from '../path.js'
import type { HeapSeries } from '../series.js'

export type Pair = readonly [before: number, after: number]

/** What a path holds itself at two moments, all workers together. */
export interface Held {
  readonly bytes: Pair
  readonly objects: Pair
  /** Bytes of malloc. */
  readonly malloc: Pair
}

/** What is held by those paths below one, itself included, that have bytes. */
export interface HeldBelow extends Held {
  readonly paths: number
}

/** The sums of a path: bytes, objects and bytes of malloc, each before and after, and the paths that they are of. */
const SUMS = 7
const PATHS = 6
const NONE = 0

/** All paths of one VM by their index in its list, since a heap has tens of thousands of them: the node above the roots is 0. */
export class WeighedPaths {
  readonly nodes: readonly PathNode[]
  /** Of each path with all below it, at the larger of the two moments. */
  readonly bytes: Float64Array
  readonly #held: readonly Held[]
  /** The first path below each one, and the next one beside each; NONE where there is none. */
  readonly #first: Int32Array
  readonly #next: Int32Array
  /** SUMS numbers for each path. */
  readonly #sums: Float64Array

  /** @param nodes those of a VmSeries */
  constructor(nodes: readonly PathNode[], heldOf: (columns: Columns) => Held) {
    this.nodes = nodes
    this.#held = nodes.map(({ columns }) => heldOf(columns))
    this.bytes = new Float64Array(nodes.length)
    this.#first = new Int32Array(nodes.length)
    this.#next = new Int32Array(nodes.length)
    this.#sums = new Float64Array(nodes.length * SUMS)
    const above = indexesAbove(nodes)
    for (let index = nodes.length - 1; index >= 0; index--) this.#weigh(index, above[index]!)
  }

  /** What is below this path has been weighed. */
  #weigh(index: number, above: number): void {
    const { bytes, objects, malloc } = this.#held[index]!
    const sums = this.#sums
    const at = index * SUMS
    if (bytes[0] !== 0 || bytes[1] !== 0) {
      for (const part of [0, 1] as const) {
        sums[at + part]! += bytes[part]
        sums[at + 2 + part]! += objects[part]
        sums[at + 4 + part]! += malloc[part]
      }
      sums[at + PATHS]!++
    }
    this.bytes[index] = Math.max(sums[at]!, sums[at + 1]!)
    if (index === 0) return
    for (let sum = 0; sum < SUMS; sum++) sums[above * SUMS + sum]! += sums[at + sum]!
    this.#next[index] = this.#first[above]!
    this.#first[above] = index
  }

  held(index: number): Held {
    return this.#held[index]!
  }

  children(index: number): number[] {
    const children: number[] = []
    for (let at = this.#first[index]!; at !== NONE; at = this.#next[at]!) children.push(at)
    return children
  }

  /** These paths and all below them together. */
  together(indexes: readonly number[]): HeldBelow {
    const sums = new Array<number>(SUMS).fill(0)
    for (const index of indexes) for (let sum = 0; sum < SUMS; sum++) sums[sum]! += this.#sums[index * SUMS + sum]!
    return {
      bytes: [sums[0]!, sums[1]!],
      objects: [sums[2]!, sums[3]!],
      malloc: [sums[4]!, sums[5]!],
      paths: sums[PATHS]!,
    }
  }

  /** The paths from a root down to this one, as far as they exist. */
  on(path: string): number[] {
    const found: number[] = []
    let at: number | undefined = 0
    for (const step of parsePath(path)) {
      at = this.children(at).find((child) => this.nodes[child]!.step === step)
      if (at === undefined) break
      found.push(at)
    }
    return found
  }
}

/** For each path the index of the one above it, which is the last one before it that has not ended. */
function indexesAbove(nodes: readonly PathNode[]): Int32Array {
  const above = new Int32Array(nodes.length)
  const open: number[] = []
  for (let index = 0; index < nodes.length; index++) {
    while (open.length > 0 && nodes[open.at(-1)!] !== nodes[index]!.parent) open.pop()
    above[index] = open.at(-1) ?? NONE
    open.push(index)
  }
  return above
}

/** Says what columns hold at two moments of a series; once for all paths that share them. */
export function heldAt(series: HeapSeries, before: number, after: number): (columns: Columns) => Held {
  return onceForColumns((columns) => heldBy(columns, series, [before, after]))
}

function heldBy(columns: Columns, { workers }: HeapSeries, [before, after]: Pair): Held {
  const one = sumAt(columns, before * workers.length, workers.length)
  const other = sumAt(columns, after * workers.length, workers.length)
  return {
    bytes: [one.bytes, other.bytes],
    objects: [one.objects, other.objects],
    malloc: [one.malloc, other.malloc],
  }
}

function sumAt(columns: Columns, from: number, count: number): { bytes: number; objects: number; malloc: number } {
  const sum = { bytes: 0, objects: 0, malloc: 0 }
  for (const holding of columns.slice(from, from + count)) {
    for (const [objects, bytes] of holding?.objects.values() ?? []) {
      sum.objects += objects
      sum.bytes += bytes
    }
    sum.malloc += holding?.malloc?.[1] ?? 0
  }
  return sum
}
