/**
 * One reference path, before and after the planned rounds, all workers together. The pairs are [before, after], of
 * the path itself without what is below it.
 */
export interface PathTreeNode {
  /** Index of the parent in `nodes`, which comes before its children; -1 for a root. */
  readonly p: number
  /** This step; empty where `more` stands for several. */
  readonly s: string
  /** Bytes. */
  readonly b: readonly [before: number, after: number]
  /** Objects. */
  readonly o: readonly [before: number, after: number]
  /** Types of the objects here, by bytes, the largest first: `table`, `function upvalue`. */
  readonly t?: string
  /** Where the function here is defined. */
  readonly src?: string
  /** What most of the cdata here are: `struct foo, freed by C function free`. */
  readonly ct?: string
  /** Bytes that only the objects here hold (dominators), where the snapshots tell them. */
  readonly ret?: readonly [before: number, after: number]
  /** Bytes of malloc that finalizers free once those objects are gone, where the snapshots tell them. */
  readonly retMal?: readonly [before: number, after: number]
  /** Bytes of malloc that only the objects here hold; absent where they hold none. */
  readonly mal?: readonly [before: number, after: number]
  /** So many smaller paths below the parent, with all below them, taken together. */
  readonly more?: number
}

/** The reachable heap of one VM by reference path. Traces, the running stack and the finalizer queue are not in it. */
export interface PathTree {
  readonly vm: string
  readonly nodes: readonly PathTreeNode[]
}

/** Bytes of one VM's heap, [before, after] the planned rounds, all workers together. */
export interface HeapParts {
  readonly vm: string
  readonly reachable: readonly [before: number, after: number]
  readonly garbage: readonly [before: number, after: number]
  /** String table, global state, pinned strings and other memory that no path reaches. */
  readonly internals: readonly [before: number, after: number]
}

/** What the two moments of a tree are called: `before` and `after`, or two revisions. One name where there is one moment, which is then both. */
export type MomentLabels = readonly [before: string, after: string] | readonly [only: string]
