import type { Columns, PathNode } from '../node.js'
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

/**
 * All paths of one VM by index, since a heap has tens of thousands of them: the node above the roots is 0, and each path
 * comes after the one that it is below.
 */
export class WeighedPaths {
  readonly nodes: PathNode[] = []
  readonly #held: Held[] = []
  readonly #above: number[] = []
  /** The first path below each one, and the next one beside each; NONE where there is none. */
  readonly #first: Int32Array
  readonly #next: Int32Array
  /** SUMS numbers for each path. */
  readonly #sums: Float64Array

  constructor(top: PathNode, heldOf: (columns: Columns) => Held) {
    this.#list(top)
    const count = this.nodes.length
    for (const { columns } of this.nodes) this.#held.push(heldOf(columns))
    this.#first = new Int32Array(count)
    this.#next = new Int32Array(count)
    this.#sums = new Float64Array(count * SUMS)
    for (let index = count - 1; index >= 0; index--) this.#weigh(index)
  }

  /** In the order of subtree(), each with the index of the one above it. */
  #list(top: PathNode): void {
    const open = [top]
    const above = [-1]
    for (let node = open.pop(); node; node = open.pop()) {
      const index = this.nodes.push(node) - 1
      this.#above.push(above.pop()!)
      for (const child of node.children.values()) {
        open.push(child)
        above.push(index)
      }
    }
  }

  /** What is below this path has been weighed. */
  #weigh(index: number): void {
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
    const above = this.#above[index]!
    if (above < 0) return
    for (let sum = 0; sum < SUMS; sum++) sums[above * SUMS + sum]! += sums[at + sum]!
    this.#next[index] = this.#first[above]!
    this.#first[above] = index
  }

  /** With all below it, at the larger of the two moments. */
  bytes(index: number): number {
    return Math.max(this.#sums[index * SUMS]!, this.#sums[index * SUMS + 1]!)
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
    const sum = (part: number) => indexes.reduce((total, index) => total + this.#sums[index * SUMS + part]!, 0)
    return {
      bytes: [sum(0), sum(1)],
      objects: [sum(2), sum(3)],
      malloc: [sum(4), sum(5)],
      paths: sum(PATHS),
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

/** Says what columns hold at two moments of a series; once for all paths that share them. */
export function heldAt(series: HeapSeries, before: number, after: number): (columns: Columns) => Held {
  const known = new Map<Columns, Held>()
  return (columns) => {
    const found = known.get(columns) ?? heldBy(columns, series, [before, after])
    known.set(columns, found)
    return found
  }
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
