import { collapse } from '../../../plugin/heap/collapse.js'
import { isFinalizerTable, isNeverJudged, judgedPart } from '../../../plugin/heap/judged-part.js'
import {
  childOf,
  emptyHolding,
  type Holding,
  holdingOf,
  mergeNode,
  newNode,
  noteClass,
  type OwnSums,
  type PathNode,
  plus,
  smaller,
  subtree,
} from '../../../plugin/heap/node.js'
import { type NamedTable, namedTable, PassingKeys, stepsTo } from '../../../plugin/heap/passing-keys.js'
import { HeapSeries, type VmSeries } from '../../../plugin/heap/series.js'
import { definitionsOf } from '../../../plugin/heap/source/definitions.js'
import { type Source, sourceReader } from '../../../plugin/heap/source/source.js'
import { addStores } from '../../../plugin/heap/source/stores.js'
import type { Snapshot, VmSnapshot } from '../../../plugin/types/snapshot.js'

/** The series of a measurement by the shortest way to say it: every node of every snapshot has its place and is added up there. */
export function plainSeries(moments: readonly (readonly Snapshot[])[]): HeapSeries {
  const workers = moments.at(-1)!.map(({ pid }) => pid)
  const labels = [...new Set(moments.flat().flatMap(({ vms }) => vms.map(({ label }) => label)))]
  const vms = labels.map(
    (label) =>
      [label, moments.map((moment) => moment.flatMap((one) => one.vms.filter((vm) => vm.label === label)))] as const,
  )
  const isWhole = (ofVm: readonly (readonly VmSnapshot[])[]) => ofVm.every(({ length }) => length === workers.length)
  const whole = vms.filter(([, ofVm]) => isWhole(ofVm)).map(([label, ofVm]) => seriesOf(label, ofVm))
  const lost = vms.filter(([, ofVm]) => !isWhole(ofVm)).map(([label]) => label)
  return new HeapSeries(workers, moments.length, moments.length, whole, lost)
}

function seriesOf(label: string, moments: readonly (readonly VmSnapshot[])[]): VmSeries {
  const top = newNode('', null)
  const passing = new PassingKeys()
  const read = sourceReader()
  const files = new Set<string>()
  let column = 0
  for (const moment of moments) {
    passing.add(moment)
    takeTogether(top, passing)
    for (const vm of moment) {
      const sources = vm.sources.map(read)
      for (const { file } of sources) if (file !== null) files.add(file)
      addColumn(top, column++, vm, sources, passing)
    }
  }
  const workers = moments[0]!.length
  const all = [...moments.flat().keys()]
  collapse(
    top,
    Array.from({ length: workers }, (_, worker) => all.filter((column) => column % workers === worker)),
  )
  return { label, top, nodes: subtree(top), files }
}

function takeTogether(top: PathNode, passing: PassingKeys): void {
  const own: OwnSums = new Set()
  for (const [name, keys] of passing.tables()) {
    const table = stepsTo(name).reduce<PathNode | undefined>((at, step) => at?.children.get(step), top)
    const apart = table ? [...table.children.values()].filter(({ step }) => keys.has(step)) : []
    for (const key of apart) mergeNode(childOf(table!, '{*}'), key, own)
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
  const own: OwnSums = new Set()
  const add = (at: PathNode, more: Holding) => {
    const columns = [...at.columns]
    columns[column] = plus(columns[column], more, own)
    at.columns = columns
  }
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
    add(at, holding)
    if (node.add || node.set) at.stores = addStores(at.stores, node, sources)
    if (node.weak) at.weak = at.weak && at.weak !== node.weak ? 'kv' : node.weak
    if (node.src !== undefined) at.source = smaller(at.source, sources[node.src] ?? null)
    if (node.o?.table) noteClass(at, node.cls === undefined ? null : sources[node.cls])
    if (isFinalizers) continue
    for (const [step, entries] of Object.entries(node.e ?? {})) {
      add(childOf(at, step), { ...emptyHolding(), entries })
    }
  }
}
