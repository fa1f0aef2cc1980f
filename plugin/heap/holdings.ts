import { saysSame } from '../heapwalk/counterparts.js'
import type { HeapNode, TypeTally } from '../types/snapshot.js'
import { judgedPart } from './judged-part.js'
import { emptyHolding, type Holding, holdingOf } from './node.js'
import { definitionsOf } from './source/definitions.js'
import type { Source } from './source/source.js'

interface Known {
  readonly node: HeapNode
  readonly entries: number
  readonly holding: Holding
}

/** So many holdings of the same objects are looked through: they differ by their entries alone, which mostly are one or none. */
const MOST_ALIKE = 8

/** What the nodes of one snapshot hold. Those that say the same, as most do, have the same holding: nobody may add to it. */
export class Holdings {
  readonly #sources: readonly Source[]
  /** By their objects, which nodes that say the same share as they were read: see LineParser. */
  readonly #known = new Map<TypeTally, Known[]>()
  readonly #entriesAlone = new Map<number, Holding>()

  constructor(sources: readonly Source[]) {
    this.#sources = sources
  }

  /**
   * @param entries that lead to its path
   * @param isFinalizers whether it is the FFI's list of finalizers, see isFinalizerTable()
   */
  of(node: HeapNode, entries: number, isFinalizers: boolean): Holding {
    const { o } = node
    if (!o || isFinalizers) return this.#made(node, entries, isFinalizers)
    const alike = this.#known.get(o) ?? []
    for (const known of alike) if (known.entries === entries && saysSame(known.node, node)) return known.holding
    const holding = this.#made(node, entries, isFinalizers)
    if (alike.length === 0) this.#known.set(o, alike)
    if (alike.length < MOST_ALIKE) alike.push({ node, entries, holding })
    return holding
  }

  /** Of a path to which entries lead, and nothing else is known of it: numbers in a table, for instance. */
  ofEntries(entries: number): Holding {
    const known = this.#entriesAlone.get(entries) ?? { ...emptyHolding(), entries }
    this.#entriesAlone.set(entries, known)
    return known
  }

  #made(node: HeapNode, entries: number, isFinalizers: boolean): Holding {
    const holding = judgedPart(holdingOf(node), isFinalizers)
    if (node.def) holding.definitions = definitionsOf(node.def, (source) => this.#sources[source])
    holding.entries = entries
    return holding
  }
}
