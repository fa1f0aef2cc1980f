import type { HeapNode } from '../types/snapshot.js'

/** No node of that path. */
export const NONE = -1

/**
 * Pairs the nodes of a heap, one after the other, with those of an earlier one that have the same path.
 * The walker writes parents before what is below them and children by their steps, so that one way through both finds all pairs;
 * of nodes in another order it finds fewer, and none that is wrong.
 */
export class Counterparts {
  readonly #before: readonly HeapNode[]
  readonly #roots = new Map<string, number>()
  /** For each node so far the index of its counterpart. */
  readonly #of: number[] = []
  #at = 0

  constructor(before: readonly HeapNode[]) {
    this.#before = before
    for (let index = 0; index < before.length; index++) {
      if (before[index]!.p < 0) this.#roots.set(before[index]!.s, index)
    }
  }

  /** Index of the earlier node that has the path of the next one, which has this parent and step; NONE where there was none. */
  next(p: number, s: string): number {
    const found = p < 0 ? this.#root(s) : this.#below(this.#of[p] ?? NONE, s)
    this.#of.push(found)
    return found
  }

  /** Roots are in no order of their names. */
  #root(step: string): number {
    const found = this.#roots.get(step) ?? NONE
    if (found < this.#at) return NONE
    this.#at = found + 1
    return found
  }

  #below(parent: number, step: string): number {
    if (parent === NONE) return NONE
    for (; this.#at < this.#before.length; this.#at++) {
      const { p, s } = this.#before[this.#at]!
      if (p < parent || (p === parent && s > step)) return NONE
      if (p === parent && s === step) return this.#at++
      // what is passed here has gone: a sibling before this step, or something below a path that was met
    }
    return NONE
  }
}

/** Whether two nodes of one path say the same, as far as that shows without looking into their parts: readNodeLines() shares these. */
export function saysSame(one: HeapNode, other: HeapNode): boolean {
  if (one === other) return true
  const keys = Object.keys(one) as (keyof HeapNode)[]
  return keys.length === Object.keys(other).length && keys.every((key) => key === 'p' || one[key] === other[key])
}
