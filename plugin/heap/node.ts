import type { HeapNode, MallocTally, Tally, TypeName } from '../types/snapshot.js'
import { addKinds, type CdataKinds, cdataKinds } from './source/cdata.js'
import { addDefinitions, type Definitions } from './source/definitions.js'
import { compareSources, type Source } from './source/source.js'
import { mergeStores, type Stores } from './source/stores.js'

/** Slots of tables: array used, array allocated, hash used, hash allocated, bytes. */
export type Slots = [number, number, number, number, number]

type Lru = [objects: number, items: number, capacity: number]

/** What one path holds in one snapshot. Sums, so that paths can be merged. */
export interface Holding {
  /** Objects and bytes by type. */
  readonly objects: Map<TypeName, Tally>
  /** Live entries by which the container above reaches this path. */
  entries: number
  slots: Readonly<Slots>
  /** Bytes of contents: strings, cdata, buffers. */
  payload: number
  /** Recognised bounded caches. */
  lru: Readonly<Lru> | null
  /** Tables with a field `__index` of their own. */
  metatables: number
  /** Threads with nothing on their stack. */
  idle: number
  /** What the cdata here are; absent where there are none. */
  cdata?: CdataKinds
  /** Blocks of malloc that only the objects here hold; absent where they hold none. */
  malloc?: MallocTally
  /** Where the functions, threads and prototypes here are defined; absent where there are none. */
  definitions?: Definitions
}

/** What a path holds, snapshot by snapshot, each of one worker. */
export type Columns = readonly (Holding | undefined)[]

/** One path over a series of snapshots. Column = one snapshot of one worker; a column is absent where the path was not there. */
export interface PathNode {
  readonly step: string
  readonly parent: PathNode | null
  /** Added to by newNode() alone. */
  children: Map<string, PathNode>
  /** Never changed in place: paths that hold the same share them. */
  columns: Columns
  /** Of the function (or thread) here. */
  source: Source | null
  /** The code of which all tables here are objects; null where they are not of one class; absent where there are none. */
  class?: Source | null | undefined
  /** Which lines store into what is here; absent where none is known. */
  stores?: Stores | undefined
  /** Mode of the weak tables here. */
  weak?: HeapNode['weak'] | undefined
}

/** Of all paths that have nothing below them: most have not. */
const NO_CHILDREN: PathNode['children'] = new Map()
const NO_COLUMNS: Columns = []

export function newNode(step: string, parent: PathNode | null): PathNode {
  const node: PathNode = {
    step,
    parent,
    children: NO_CHILDREN,
    columns: NO_COLUMNS,
    source: null,
    class: undefined,
    stores: undefined,
    weak: undefined,
  }
  if (parent) addChild(parent, node)
  return node
}

function addChild(parent: PathNode, node: PathNode): void {
  if (parent.children === NO_CHILDREN) parent.children = new Map()
  parent.children.set(node.step, node)
}

export function childOf(parent: PathNode, step: string): PathNode {
  return parent.children.get(step) ?? newNode(step, parent)
}

/** Steps from the root. The node above the roots has none. */
export function pathOf(node: PathNode): string[] {
  const steps: string[] = []
  for (let at: PathNode | null = node; at?.parent; at = at.parent) steps.push(at.step)
  return steps.reverse()
}

/** A node and everything below it, parents first. A list, since a generator takes as long as what is done with most nodes. */
export function subtree(node: PathNode): PathNode[] {
  const nodes: PathNode[] = []
  const open = [node]
  for (let at = open.pop(); at; at = open.pop()) {
    nodes.push(at)
    if (at.children !== NO_CHILDREN) for (const child of at.children.values()) open.push(child)
  }
  return nodes
}

/** Answers once for all paths that share their columns, as most do. */
export function onceForColumns<Answer>(ask: (columns: Columns) => Answer): (columns: Columns) => Answer {
  const answers = new Map<Columns, Answer>()
  return (columns) => {
    let answer = answers.get(columns)
    if (answer === undefined) {
      answer = ask(columns)
      answers.set(columns, answer)
    }
    return answer
  }
}

export function holds(node: PathNode, type: TypeName): boolean {
  return node.columns.some((holding) => (holding?.objects.get(type)?.[0] ?? 0) > 0)
}

export function emptyHolding(): Holding {
  return { objects: new Map(), entries: 0, slots: [0, 0, 0, 0, 0], payload: 0, lru: null, metatables: 0, idle: 0 }
}

/** What a walker's node says, without its entries: those belong to the paths that they lead to. */
export function holdingOf(node: HeapNode): Holding {
  const holding = emptyHolding()
  for (const [type, tally] of Object.entries(node.o ?? {})) holding.objects.set(type as TypeName, tally)
  if (node.sl) holding.slots = node.sl
  if (node.lru) holding.lru = node.lru
  holding.payload = node.pay ?? 0
  holding.metatables = node.mts ?? 0
  holding.idle = node.idle ?? 0
  if (node.ct) holding.cdata = cdataKinds(node.ct)
  if (node.mal) holding.malloc = node.mal
  return holding
}

function addTo(into: Holding, more: Holding): void {
  for (const [type, [objects, bytes]] of more.objects) {
    const [before, bytesBefore] = into.objects.get(type) ?? [0, 0]
    into.objects.set(type, [before + objects, bytesBefore + bytes])
  }
  into.entries += more.entries
  into.slots = into.slots.map((slots, part) => slots + more.slots[part]!) as Slots
  into.payload += more.payload
  into.metatables += more.metatables
  into.idle += more.idle
  if (more.cdata) {
    into.cdata ??= new Map()
    addKinds(into.cdata, more.cdata)
  }
  if (more.malloc) {
    const [blocks, bytes] = into.malloc ?? [0, 0]
    into.malloc = [blocks + more.malloc[0], bytes + more.malloc[1]]
  }
  if (more.definitions) {
    into.definitions ??= new Map()
    addDefinitions(into.definitions, more.definitions)
  }
  into.lru = into.lru && more.lru ? (into.lru.map((n, part) => n + more.lru![part]!) as Lru) : (into.lru ?? more.lru)
}

/**
 * A tree like this one, to be merged in: what its paths hold is shared, and copied before it is summed.
 * @param columnsOf what becomes of the columns of each path
 * @param copies if given, takes the copy of each path
 */
export function copyTree(
  top: PathNode,
  columnsOf: (columns: Columns) => Columns,
  copies?: Map<PathNode, PathNode>,
): PathNode {
  const copyOf = (
    { step, columns, source, class: ofClass, stores, weak }: PathNode,
    parent: PathNode | null,
  ): PathNode => {
    // written out: it is the one shape that all paths have, and made in one go
    const copy = {
      step,
      parent,
      children: NO_CHILDREN,
      columns: columnsOf(columns),
      source,
      class: ofClass,
      stores,
      weak,
    }
    if (parent) addChild(parent, copy)
    return copy
  }
  const copied = copyOf(top, null)
  const open: [PathNode, PathNode][] = [[top, copied]]
  for (let pair = open.pop(); pair; pair = open.pop()) {
    const [node, copy] = pair
    copies?.set(node, copy)
    for (const child of node.children.values()) open.push([child, copyOf(child, copy)])
  }
  return copied
}

/** Sums that a merge has made itself: it may go on adding to them, while all others may be shared with another tree. */
export type OwnSums = Set<Holding>

/** The sum of what two paths hold, or nodes of one path: `known` itself where it is a sum of this merge. */
export function plus(known: Holding | undefined, more: Holding, own: OwnSums): Holding {
  if (!known) return more
  const sum = own.has(known) ? known : copyHolding(known)
  own.add(sum)
  addTo(sum, more)
  return sum
}

function copyHolding(holding: Holding): Holding {
  const copy = emptyHolding()
  addTo(copy, holding)
  return copy
}

/** Adds `from` and all below it to `into`; paths that both have are summed. `from` leaves its parent. */
export function mergeNode(into: PathNode, from: PathNode, own: OwnSums): void {
  from.parent?.children.delete(from.step)
  const open: [PathNode, PathNode][] = [[into, from]]
  for (let pair = open.pop(); pair; pair = open.pop()) {
    const [target, source] = pair
    target.columns = mergeColumns(target.columns, source.columns, own)
    target.source = smaller(target.source, source.source)
    noteClass(target, source.class)
    target.stores = mergeStores(target.stores, source.stores)
    for (const child of source.children.values()) open.push([childOf(target, child.step), child])
  }
}

function mergeColumns(into: Columns, from: Columns, own: OwnSums): Columns {
  const merged = [...into]
  for (const [column, more] of from.entries()) if (more) merged[column] = plus(into[column], more, own)
  return merged
}

/** One source for several functions: the smallest, so that it does not depend on the order met. */
export function smaller(one: Source | null, other: Source | null): Source | null {
  if (one === null || other === null) return one ?? other
  return compareSources(one, other) <= 0 ? one : other
}

/** More tables at a path, of this class or (null) of none; undefined for no table. Classes of one file count as one, that of its first function. */
export function noteClass(node: PathNode, more: Source | null | undefined): void {
  if (more === undefined) return
  const known = node.class
  if (known === undefined) node.class = more
  else if (known !== more) node.class = known?.file === more?.file ? first(known, more) : null
}

function first(one: Source | null, other: Source | null): Source | null {
  return (one?.line ?? 0) <= (other?.line ?? 0) ? one : other
}
