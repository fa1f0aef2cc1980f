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
  /** By step. */
  #roots: Map<string, number> | undefined
  /** For each node so far the index of its counterpart. */
  readonly #of: number[] = []
  #at = 0
  #areInPlace = true

  constructor(before: readonly HeapNode[]) {
    this.#before = before
  }

  /**
   * Whether each node so far has the index that its counterpart has: then a node that is the very same as the one at its
   * index before is in place, too.
   */
  get areInPlace(): boolean {
    return this.#areInPlace
  }

  /** Index of the earlier node that has the path of the next one, which has this parent and step; NONE where there was none. */
  next(p: number, s: string): number {
    const found = p < 0 ? this.#root(s) : this.#below(this.#of[p] ?? NONE, s)
    if (found !== this.#of.length) this.#areInPlace = false
    this.#of.push(found)
    return found
  }

  /** The next `count` nodes are those of before, and in place. */
  advance(count: number): void {
    for (let left = count; left > 0; left--) this.#of.push(this.#at++)
  }

  /** Roots are in no order of their names. */
  #root(step: string): number {
    const likely = this.#before[this.#at]
    if (likely && likely.p < 0 && likely.s === step) return this.#at++
    this.#roots ??= new Map(this.#before.flatMap(({ p, s }, index) => (p < 0 ? [[s, index] as const] : [])))
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

/**
 * For each node of a heap the index of the earlier one that has its path, NONE where there was none.
 * Nodes that are the very same and in place are not looked at.
 */
export function counterpartsOf(before: readonly HeapNode[], now: readonly HeapNode[]): Int32Array {
  const counterparts = new Counterparts(before)
  const found = new Int32Array(now.length)
  for (let index = 0; index < now.length; ) {
    const from = index
    while (counterparts.areInPlace && index < now.length && now[index] === before[index]) found[index] = index++
    counterparts.advance(index - from)
    if (index < now.length) found[index] = counterparts.next(now[index]!.p, now[index++]!.s)
  }
  return found
}

/** Whether two nodes say the same, wherever they are, as far as that shows without looking into their parts: readNodeLines() shares these. */
export function saysSame(one: HeapNode, other: HeapNode): boolean {
  if (one === other) return true
  // without lists of their keys, which take as long as all else
  let more = 0
  for (const key in one) {
    if (one[key as keyof HeapNode] !== other[key as keyof HeapNode] && key !== 'p' && key !== 's') return false
    more++
  }
  for (const _ in other) more--
  return more === 0
}
