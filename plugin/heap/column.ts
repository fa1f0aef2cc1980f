import { counterpartsOf, NONE, saysSame } from '../heapwalk/counterparts.js'
import type { HeapNode } from '../types/snapshot.js'
import { GONE, held, LongerColumns } from './columns.js'
import { Holdings } from './holdings.js'
import { isFinalizerTable, isNeverJudged } from './judged-part.js'
import { childOf, type Holding, noteClass, type OwnSums, type PathNode, plus, smaller, subtree } from './node.js'
import { type NamedTable, namedTable, type PassingKeys } from './passing-keys.js'
import type { Source } from './source/source.js'
import { addStores } from './source/stores.js'

/** What one snapshot says of one VM. */
interface Said {
  readonly nodes: readonly HeapNode[]
  /** Of the snapshot's own sources, each the same object whenever it is read. */
  readonly sources: readonly Source[]
}

/** A snapshot that has its place in the tree, for the next one of its worker. */
export interface Column extends Said {
  readonly column: number
  /** The path of each node; undefined for those that are never judged. */
  readonly placed: readonly (PathNode | undefined)[]
}

/** A tree that grows by columns, one for each worker in turn. */
export interface GrowingTree {
  readonly top: PathNode
  readonly passing: PassingKeys
  readonly workers: number
}

/**
 * Gives a snapshot its place in the tree. Of paths that it says the same of as the one before nothing is written.
 * @param before the column of the same worker before, unless there is none or paths were merged since
 */
export function addColumn(tree: GrowingTree, column: number, said: Said, before: Column | undefined): Column {
  const isSame = before?.nodes === said.nodes && areSame(before.sources, said.sources)
  if (isSame && !tree.passing.any) return { ...before, column }
  return new ColumnBuilder(tree, column, said, before).build()
}

/** A column of a tree as one of its copy. */
export function movedTo(copies: ReadonlyMap<PathNode, PathNode>, column: Column): Column {
  return { ...column, placed: column.placed.map((path) => path && copies.get(path)) }
}

class ColumnBuilder {
  readonly #tree: GrowingTree
  readonly #column: number
  readonly #said: Said
  readonly #before: Column | undefined
  /** For each node the index of the one that had its path before. */
  readonly #counterparts: Int32Array
  readonly #haveSameSources: boolean
  /** Whether a node that is the very one of before is nothing new. */
  readonly #isPlain: boolean
  readonly #placed: (PathNode | undefined)[]
  /** For each node before the one that has its path now. */
  readonly #now: Int32Array
  /** 1 for each node that says what it said before. */
  readonly #same: Uint8Array
  /** 1 for each node that may be one of several at its path: a key that is taken together with others, or below one. */
  readonly #joined: Uint8Array
  /** 1 for each node of whose children several may be one path. */
  readonly #summed: Uint8Array
  /** Paths to which other numbers of entries lead than before. */
  readonly #entered: PathNode[] = []
  /** How many lead to each of these. */
  readonly #entries: number[] = []
  readonly #tables = new Map<number, NamedTable>()
  readonly #holdings: Holdings
  readonly #longer: LongerColumns
  readonly #sums: OwnSums = new Set()

  constructor(tree: GrowingTree, column: number, said: Said, before: Column | undefined) {
    const count = said.nodes.length
    this.#tree = tree
    this.#column = column
    this.#said = said
    this.#before = before
    this.#counterparts = counterpartsOf(before?.nodes ?? [], said.nodes)
    this.#haveSameSources = areSame(before?.sources ?? [], said.sources)
    this.#isPlain = this.#haveSameSources && !tree.passing.any
    this.#holdings = new Holdings(said.sources)
    this.#longer = new LongerColumns(column)
    this.#placed = new Array(count)
    this.#now = new Int32Array(before?.nodes.length ?? 0).fill(NONE)
    this.#same = new Uint8Array(count)
    this.#joined = new Uint8Array(count)
    this.#summed = new Uint8Array(count)
  }

  build(): Column {
    const { nodes } = this.#said
    for (let index = 0; index < nodes.length; index++) {
      const found = this.#counterparts[index]!
      if (found !== NONE) this.#now[found] = index
      if (!this.#isVerySame(index, found)) this.#place(index, found)
    }
    if (this.#before) this.#leave(this.#before)
    this.#enter()
    if (!this.#before) this.#leaveAllOthers()
    return { ...this.#said, column: this.#column, placed: this.#placed }
  }

  /** The quick way, for most nodes of most snapshots. */
  #isVerySame(index: number, found: number): boolean {
    const before = this.#before
    if (!before || !this.#isPlain || this.#said.nodes[index] !== before.nodes[found]) return false
    this.#placed[index] = before.placed[found]
    this.#same[index] = 1
    return true
  }

  #place(index: number, found: number): void {
    const node = this.#said.nodes[index]!
    const { p, s } = node
    const { top, passing } = this.#tree
    const parent = p < 0 ? top : this.#placed[p]
    if (!parent || isNeverJudged(parent, s)) return
    const table = this.#tables.get(p)
    const named = namedTable(table, p, s)
    if (named) this.#tables.set(index, named)
    const together = table === undefined ? NO_KEYS : passing.of(table)
    if (this.#joined[p] || (together.size > 0 && (s === '{*}' || together.has(s)))) this.#joined[index] = 1
    if (this.#joined[index] || (named !== undefined && passing.of(named).size > 0)) this.#summed[index] = 1
    const isApart = !this.#summed[index] && !this.#summed[p]
    const known = isApart ? this.#before?.placed[found] : undefined
    const at = known ?? childOf(parent, together.has(s) ? '{*}' : s)
    this.#placed[index] = at
    if (known && this.#saysSame(node, found)) this.#same[index] = 1
    else this.#add(at, index, known && this.#before!.nodes[found])
  }

  #saysSame(node: HeapNode, found: number): boolean {
    const before = this.#before?.nodes[found]
    return before !== undefined && saysSame(before, node) && (this.#haveSameSources || !hasSources(node))
  }

  /** What was there before and is not there now, or only counts entries. */
  #leave(before: Column): void {
    for (let old = 0; old < before.nodes.length; old++) {
      const now = this.#now[old]!
      const path = before.placed[old]
      if (!path || this.#same[now]) continue
      const node = before.nodes[old]!
      if (now === NONE && !path.columns[this.#column]) this.#say(path, this.#entriesAlone(node, path) ?? GONE)
      if (!node.e || isFinalizerTable(path)) continue
      for (const step of Object.keys(node.e)) {
        if (this.#said.nodes[now]?.e?.[step] === undefined) this.#leaveEntries(path.children.get(step)!, now)
      }
    }
  }

  /** What leads to a path of which there is no node any more. */
  #entriesAlone({ p, s }: HeapNode, path: PathNode): Holding | undefined {
    const parent = this.#now[p] ?? NONE
    const entries = isFinalizerTable(path.parent!) ? 0 : entriesInto(this.#said, { p: parent, s })
    return entries === 0 ? undefined : this.#holdings.ofEntries(entries)
  }

  /** No entries lead to a path any more; what it has of its own stays. */
  #leaveEntries(path: PathNode, parent: number): void {
    if (path.columns[this.#column]) return
    this.#say(path, this.#isThere(path, parent) ? this.#withEntries(path, 0) : GONE)
  }

  /** Whether one of the nodes below the parent is of this path. */
  #isThere(path: PathNode, parent: number): boolean {
    const { nodes } = this.#said
    for (let index = parent + 1; parent !== NONE && index < nodes.length && nodes[index]!.p >= parent; index++) {
      if (this.#placed[index] === path) return true
    }
    return false
  }

  /** What was here before, but for the entries that lead here. */
  #withEntries({ columns }: PathNode, entries: number): Holding {
    const known = this.#before && held(columns, this.#before.column, this.#tree.workers)
    return known ? { ...known, entries } : this.#holdings.ofEntries(entries)
  }

  /** Where more or fewer entries lead to a path than before, and it is not told by a node that says something else. */
  #enter(): void {
    for (const [index, path] of this.#entered.entries()) {
      if (!path.columns[this.#column]) this.#say(path, this.#withEntries(path, this.#entries[index]!))
    }
  }

  /** Which paths were there before is not known here. */
  #leaveAllOthers(): void {
    if (this.#column < this.#tree.workers) return
    for (const path of subtree(this.#tree.top)) if (!path.columns[this.#column]) this.#say(path, GONE)
  }

  #say(path: PathNode, holding: Holding): void {
    path.columns = this.#longer.of(path.columns, holding)
  }

  /** Of several nodes of one path the sum. */
  #sum(path: PathNode, more: Holding): void {
    const known = path.columns[this.#column]
    const sum = plus(known, more, this.#sums)
    if (sum !== known) this.#say(path, sum)
  }

  /** @param before what the node of this path said, where that can be told */
  #add(at: PathNode, index: number, before: HeapNode | undefined): void {
    const { sources } = this.#said
    const node = this.#said.nodes[index]!
    this.#sum(at, this.#holding(at, node))
    if (node.add || node.set) at.stores = addStores(at.stores, node, sources)
    if (node.weak) at.weak = at.weak && at.weak !== node.weak ? 'kv' : node.weak
    if (node.src !== undefined) at.source = smaller(at.source, sources[node.src] ?? null)
    if (node.o?.table) noteClass(at, node.cls === undefined ? null : sources[node.cls])
    if (!node.e || isFinalizerTable(at)) return
    for (const step of Object.keys(node.e)) {
      const entries = node.e[step]!
      const path = childOf(at, step)
      if (this.#summed[index]) this.#sum(path, this.#holdings.ofEntries(entries))
      else if (before?.e?.[step] !== entries) {
        this.#entered.push(path)
        this.#entries.push(entries)
      }
    }
  }

  /** What the node says, and its parent of the entries that lead here. */
  #holding(at: PathNode, node: HeapNode): Holding {
    const isCounted = !this.#summed[node.p] && !isFinalizerTable(at.parent!)
    return this.#holdings.of(node, isCounted ? entriesInto(this.#said, node) : 0, isFinalizerTable(at))
  }
}

const NO_KEYS: ReadonlySet<string> = new Set()

function areSame(some: readonly Source[], others: readonly Source[]): boolean {
  return some.length === others.length && some.every((source, index) => source === others[index])
}

function hasSources({ src, def, cls, add, set }: HeapNode): boolean {
  return src !== undefined || def !== undefined || cls !== undefined || add !== undefined || set !== undefined
}

/** Entries of the tables at a node's parent by which its path is reached. */
function entriesInto({ nodes }: Said, { p, s }: Pick<HeapNode, 'p' | 's'>): number {
  return nodes[p]?.e?.[s] ?? 0
}
