import type { Snapshot, VmSnapshot } from '../types/snapshot.js'
import { collapse } from './collapse.js'
import {
  addHolding,
  childOf,
  emptyHolding,
  type Holding,
  holdingOf,
  newNode,
  noteClass,
  type PathNode,
  pathOf,
  smaller,
} from './node.js'
import { type NamedTable, namedTable, type PassingKeys, passingKeys } from './passing-keys.js'
import { printPath } from './path.js'
import { definitionsOf } from './source/definitions.js'
import { type Source, sourceReader } from './source/source.js'

/** All snapshots of one measurement, aligned: one tree of paths per VM, the same for every snapshot and worker. */
export interface HeapSeries {
  /** Worker pids; all moments have them in this order. */
  readonly workers: readonly number[]
  /** How many moments are judged; the columns of later ones (a load of each request alone) follow theirs. */
  readonly moments: number
  /** All moments, judged or not. */
  readonly taken: number
  readonly vms: readonly VmSeries[]
  /** VMs that were not there at every moment, and so cannot be judged. */
  readonly lost: readonly string[]
}

export interface VmSeries {
  readonly label: string
  /** The node above the roots. */
  readonly top: PathNode
  /** Paths of all files that functions are from. */
  readonly files: ReadonlySet<string>
}

/**
 * Aligns the snapshots of a measurement.
 * @param moments for each moment one snapshot per worker, workers always in the same order
 * @param judged how many of them are judged, default all
 */
export function alignSeries(moments: readonly (readonly Snapshot[])[], judged = moments.length): HeapSeries {
  // After reloads: those that came last.
  const workers = (moments.at(-1) ?? []).map(({ pid }) => pid)
  const columns = moments.flat()
  const labels = [...new Set(columns.flatMap(({ vms }) => vms.map(({ label }) => label)))]
  const whole = labels.filter((label) => columns.every((snapshot) => vmOf(snapshot, label)))
  return {
    workers,
    moments: judged,
    taken: moments.length,
    vms: whole.map((label) => ({
      label,
      ...alignVm(
        columns.map((snapshot) => vmOf(snapshot, label)!),
        workers.length,
      ),
    })),
    lost: labels.filter((label) => !whole.includes(label)),
  }
}

function vmOf(snapshot: Snapshot, label: string): VmSnapshot | undefined {
  return snapshot.vms.find((vm) => vm.label === label)
}

function alignVm(columns: readonly VmSnapshot[], workers: number): Omit<VmSeries, 'label'> {
  const top = newNode('', null)
  const passing = passingKeys(columns, workers)
  const read = sourceReader()
  const files = new Set<string>()
  for (const [column, vm] of columns.entries()) {
    const sources = vm.sources.map(read)
    for (const { file } of sources) if (file !== null) files.add(file)
    addColumn(top, column, vm, { sources, passing })
  }
  const ofWorker = Array.from({ length: workers }, (_, worker) =>
    columns.flatMap((_vm, column) => (column % workers === worker ? [column] : [])),
  )
  collapse(top, ofWorker)
  return { top, files }
}

function addColumn(
  top: PathNode,
  column: number,
  vm: VmSnapshot,
  { sources, passing }: { readonly sources: readonly Source[]; readonly passing: PassingKeys },
): void {
  const placed: (PathNode | undefined)[] = []
  const tables = new Map<number, NamedTable>()
  for (const [index, node] of vm.nodes.entries()) {
    const parent = node.p < 0 ? top : placed[node.p]
    if (!parent || isNeverJudged(parent, node.s)) continue
    const table = tables.get(node.p)
    const named = namedTable(table, node.p, node.s)
    if (named) tables.set(index, named)
    const at = childOf(parent, table && passing.get(table)?.has(node.s) ? '{*}' : node.s)
    placed[index] = at
    const isFinalizers = isFinalizerTable(at)
    const holding = judgedPart(holdingOf(node), isFinalizers)
    if (node.def) holding.definitions = definitionsOf(node.def, (source) => sources[source])
    addHolding(at, column, holding)
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
