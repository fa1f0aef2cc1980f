import { Counterparts, saysSame } from '../heapwalk/counterparts.js'
import type { HeapNode } from '../types/snapshot.js'
import {
  addHolding,
  childOf,
  emptyHolding,
  type Holding,
  hasEntriesAlone,
  holdingOf,
  noteClass,
  type PathNode,
  pathOf,
  smaller,
} from './node.js'
import { type NamedTable, namedTable, type PassingKeys } from './passing-keys.js'
import { printPath } from './path.js'
import { definitionsOf } from './source/definitions.js'
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

/**
 * Gives a snapshot its place in the tree. What it says as the one before did is not read again: it holds what that held, in the same objects.
 * @param before the column of the same worker before, unless paths were merged since
 */
export function addColumn(
  top: PathNode,
  column: number,
  said: Said,
  passing: PassingKeys,
  before: Column | undefined,
): Column {
  const placed = new ColumnBuilder(top, column, said, passing, before).build()
  return { ...said, column, placed }
}

class ColumnBuilder {
  readonly #top: PathNode
  readonly #column: number
  readonly #said: Said
  readonly #passing: PassingKeys
  readonly #before: Column | undefined
  readonly #counterparts: Counterparts
  readonly #haveSameSources: boolean
  readonly #placed: (PathNode | undefined)[] = []
  /** Whether each node says what it said before. */
  readonly #same: boolean[] = []
  /** Whether each node may be one of several at its path: a key that is taken together with others, or below one. */
  readonly #joined: boolean[] = []
  readonly #tables = new Map<number, NamedTable>()

  constructor(top: PathNode, column: number, said: Said, passing: PassingKeys, before: Column | undefined) {
    this.#top = top
    this.#column = column
    this.#said = said
    this.#passing = passing
    this.#before = before
    this.#counterparts = new Counterparts(before?.nodes ?? [])
    this.#haveSameSources = areSame(before?.sources ?? [], said.sources)
  }

  build(): (PathNode | undefined)[] {
    const { nodes } = this.#said
    for (let index = 0; index < nodes.length; index++) this.#place(index, nodes[index]!)
    for (let index = 0; index < nodes.length; index++) if (this.#same[index]) this.#shareEntries(index)
    return this.#placed
  }

  #place(index: number, node: HeapNode): void {
    const { p, s } = node
    const found = this.#counterparts.next(p, s)
    const parent = p < 0 ? this.#top : this.#placed[p]
    if (!parent || isNeverJudged(parent, s)) return
    const table = this.#tables.get(p)
    const named = namedTable(table, p, s)
    if (named) this.#tables.set(index, named)
    const together = table === undefined ? NO_KEYS : this.#passing.of(table)
    this.#joined[index] = this.#joined[p] === true || (together.size > 0 && (s === '{*}' || together.has(s)))
    const at = childOf(parent, together.has(s) ? '{*}' : s)
    this.#placed[index] = at
    const isCollecting = named !== undefined && this.#passing.of(named).size > 0
    this.#same[index] = !this.#joined[index] && !isCollecting && this.#saysSame(node, found)
    if (this.#same[index]) this.#share(at, node, found)
    else this.#add(at, node)
  }

  #saysSame(node: HeapNode, found: number): boolean {
    const before = this.#before?.nodes[found]
    return before !== undefined && saysSame(before, node) && (this.#haveSameSources || !hasSources(node))
  }

  /** What is here is what was here, where its parent has as many entries that lead here: those were counted with it. */
  #share(at: PathNode, node: HeapNode, found: number): void {
    const before = this.#before!
    if (
      node.p < 0 ||
      this.#same[node.p] ||
      entriesInto(this.#said, node) === entriesInto(before, before.nodes[found]!)
    ) {
      at.columns[this.#column] = at.columns[before.column]
    } else {
      addHolding(at, this.#column, this.#holding(at, node))
    }
    if (node.weak) at.weak = node.weak
  }

  /** Paths to which nothing but entries of this node leads now, be it that they were more before. */
  #shareEntries(index: number): void {
    const { e } = this.#said.nodes[index]!
    const at = this.#placed[index]!
    if (!e || isFinalizerTable(at)) return
    for (const step of Object.keys(e)) {
      const { columns } = at.children.get(step)!
      if (columns[this.#column]) continue
      const known = columns[this.#before!.column]!
      columns[this.#column] = hasEntriesAlone(known) ? known : { ...emptyHolding(), entries: e[step]! }
    }
  }

  #add(at: PathNode, node: HeapNode): void {
    const { sources } = this.#said
    const holding = this.#holding(at, node)
    // a parent that says what it said has not counted its entries yet
    if (this.#same[node.p] && !isFinalizerTable(at.parent!)) holding.entries = entriesInto(this.#said, node)
    addHolding(at, this.#column, holding)
    if (node.add || node.set) at.stores = addStores(at.stores, node, sources)
    if (node.weak) at.weak = node.weak
    if (node.src !== undefined) at.source = smaller(at.source, sources[node.src] ?? null)
    if (node.o?.table) noteClass(at, node.cls === undefined ? null : sources[node.cls])
    if (!node.e || isFinalizerTable(at)) return
    for (const [step, entries] of Object.entries(node.e)) {
      addHolding(childOf(at, step), this.#column, { ...emptyHolding(), entries })
    }
  }

  /** What the node itself says. */
  #holding(at: PathNode, node: HeapNode): Holding {
    const holding = judgedPart(holdingOf(node), isFinalizerTable(at))
    if (node.def) holding.definitions = definitionsOf(node.def, (source) => this.#said.sources[source])
    return holding
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
function entriesInto({ nodes }: Said, { p, s }: HeapNode): number {
  return nodes[p]?.e?.[s] ?? 0
}

/** What only the compiler, the collector or the running stack reach comes and goes by itself: it is not the program's data. */
function isNeverJudged(parent: PathNode, step: string): boolean {
  if (parent.parent === null) return NEVER_JUDGED_ROOTS.has(step)
  return step === '.<trace>' || (step === '.<stack>' && parent.step === 'main' && parent.parent.parent === null)
}
const NEVER_JUDGED_ROOTS = new Set(['gcroot.traces', 'gcroot.cur_L', 'gcroot.finalizers'])

/** The FFI's own list of what frees which cdata: an entry for each one that lives elsewhere, so its length says nothing more. */
function isFinalizerTable(node: PathNode): boolean {
  const { step } = node
  return (step === '.<env>' || step === 'gcroot.ffi_fin') && FINALIZER_TABLES.has(printPath(pathOf(node)))
}
/** Where LuaJIT keeps it, by release. */
const FINALIZER_TABLES = new Set(['gcroot.ffi_fin', 'registry._LOADED.ffi.gc.<env>'])

function judgedPart(holding: Holding, isFinalizers: boolean): Holding {
  holding.objects.delete('trace')
  if (isFinalizers) holding.slots = [0, 0, 0, 0, 0]
  return holding
}
