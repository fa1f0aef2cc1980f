import type { VmSnapshot } from '../types/snapshot.js'
import { collapse } from './collapse.js'
import {
  addHolding,
  childOf,
  copyTree,
  emptyHolding,
  type Holding,
  holdingOf,
  mergeNode,
  newNode,
  noteClass,
  type OwnSums,
  type PathNode,
  pathOf,
  smaller,
} from './node.js'
import { type NamedTable, namedTable, PassingKeys, stepsTo } from './passing-keys.js'
import { printPath } from './path.js'
import type { VmSeries } from './series.js'
import { definitionsOf } from './source/definitions.js'
import { type Source, sourceReader } from './source/source.js'
import { addStores } from './source/stores.js'

/** The paths of one VM as the walker wrote them, which grow with each moment. What is collapsed is decided for all moments at once, in a copy. */
export class GrowingVm {
  readonly label: string
  readonly #top = newNode('', null)
  readonly #passing = new PassingKeys()
  readonly #read = sourceReader()
  readonly #files = new Set<string>()
  #columns = 0

  constructor(label: string) {
    this.label = label
  }

  /** @param moment its snapshots at one more moment, one per worker */
  add(moment: readonly VmSnapshot[]): void {
    this.#passing.add(moment)
    this.#takeTogether()
    for (const vm of moment) {
      const sources = vm.sources.map(this.#read)
      for (const { file } of sources) if (file !== null) this.#files.add(file)
      addColumn(this.#top, this.#columns++, vm, sources, this.#passing)
    }
  }

  /** All moments so far. Those that come change nothing in it. */
  series(workers: number): VmSeries {
    const top = copyTree(this.#top)
    const all = Array.from({ length: this.#columns }, (_, column) => column)
    const ofWorker = Array.from({ length: workers }, (_, worker) => all.filter((column) => column % workers === worker))
    collapse(top, ofWorker)
    return { label: this.label, top, files: new Set(this.#files) }
  }

  /** Keys that were names until now join the others. */
  #takeTogether(): void {
    const own: OwnSums = new Set()
    for (const [name, keys] of this.#passing.tables()) {
      const table = stepsTo(name).reduce<PathNode | undefined>((at, step) => at?.children.get(step), this.#top)
      const apart = table ? [...table.children.values()].filter(({ step }) => keys.has(step)) : []
      for (const key of apart) mergeNode(childOf(table!, '{*}'), key, own)
    }
  }
}

function addColumn(
  top: PathNode,
  column: number,
  vm: VmSnapshot,
  sources: readonly Source[],
  passing: PassingKeys,
): void {
  const placed: (PathNode | undefined)[] = []
  const tables = new Map<number, NamedTable>()
  for (const [index, node] of vm.nodes.entries()) {
    const parent = node.p < 0 ? top : placed[node.p]
    if (!parent || isNeverJudged(parent, node.s)) continue
    const table = tables.get(node.p)
    const named = namedTable(table, node.p, node.s)
    if (named) tables.set(index, named)
    const at = childOf(parent, table && passing.of(table).has(node.s) ? '{*}' : node.s)
    placed[index] = at
    const isFinalizers = isFinalizerTable(at)
    const holding = judgedPart(holdingOf(node), isFinalizers)
    if (node.def) holding.definitions = definitionsOf(node.def, (source) => sources[source])
    addHolding(at, column, holding)
    if (node.add || node.set) at.stores = addStores(at.stores, node, sources)
    if (node.weak) at.weak = node.weak
    if (node.src !== undefined) at.source = smaller(at.source, sources[node.src] ?? null)
    if (node.o?.table) noteClass(at, node.cls === undefined ? null : sources[node.cls])
    if (isFinalizers) continue
    for (const [step, entries] of Object.entries(node.e ?? {})) {
      addHolding(childOf(at, step), column, { ...emptyHolding(), entries })
    }
  }
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
