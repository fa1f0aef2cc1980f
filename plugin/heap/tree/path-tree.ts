import type { Place } from '../../types/added.js'
import type { Growth } from '../../types/growth.js'
import type { PathTree, PathTreeNode } from '../../types/path-tree.js'
import type { TypeName } from '../../types/snapshot.js'
import { type PathNode, subtree } from '../node.js'
import { type PlaceOf, placesIn } from '../owner/place.js'
import { parsePath } from '../path.js'
import type { HeapSeries, VmSeries } from '../series.js'
import { addKinds, type CdataKinds, gainedKinds, kindWords } from '../source/cdata.js'
import type { Source } from '../source/source.js'

/** Paths of one VM that a report keeps: the largest, as many as stay quick to read, send and draw. */
export const MOST_PATHS = 4000

type Pair = [before: number, after: number]

/** What one path holds at the two moments, itself and with all below it. */
interface Weighed {
  readonly own: Pair
  readonly objects: Pair
  readonly all: Pair
  readonly types: Map<TypeName, number>
  readonly cdata: CdataKinds
  /** Bytes of malloc, without what is held below. */
  readonly malloc: Pair
  /** What decides whether a path is kept: the larger of the two moments; infinite on the way to a growth that is reported. */
  weight: number
}

/**
 * The heaps of two moments by reference path, workers summed.
 * Smaller paths than the largest `most` are folded into one row below their parent; paths of `growths`, and those above them, come first.
 */
export function pathTrees(
  series: HeapSeries,
  span: { readonly from: number; readonly to: number },
  growths: readonly Pick<Growth, 'vm' | 'path'>[],
  most = MOST_PATHS,
): PathTree[] {
  const placeOf = placesIn(series)
  return series.vms.map((vm) => {
    const paths = growths.filter((growth) => growth.vm === vm.label).map(({ path }) => path)
    return { vm: vm.label, nodes: treeOf(vm, weigh(vm, series, span, paths), most, placeOf) }
  })
}

function weigh(
  vm: VmSeries,
  series: HeapSeries,
  span: { readonly from: number; readonly to: number },
  told: readonly string[],
): Map<PathNode, Weighed> {
  const weighed = new Map<PathNode, Weighed>()
  for (const node of subtree(vm.top)) {
    const entry: Weighed = {
      own: [0, 0],
      objects: [0, 0],
      all: [0, 0],
      types: new Map(),
      cdata: new Map(),
      malloc: [0, 0],
      weight: 0,
    }
    for (const [part, moment] of [span.from, span.to].entries()) {
      for (const { cdata, malloc, objects: byType } of series.holdings(node, moment)) {
        if (cdata) addKinds(entry.cdata, cdata)
        entry.malloc[part]! += malloc?.[1] ?? 0
        for (const [type, [objects, bytes]] of byType) {
          entry.own[part]! += bytes
          entry.objects[part]! += objects
          if (objects > 0) entry.types.set(type, Math.max(bytes, entry.types.get(type) ?? 0))
        }
      }
    }
    weighed.set(node, entry)
  }
  for (const [node, entry] of [...weighed].reverse()) {
    for (const part of [0, 1] as const) {
      entry.all[part] += entry.own[part]
      if (node.parent) weighed.get(node.parent)!.all[part] += entry.all[part]
    }
    entry.weight = Math.max(...entry.all)
  }
  for (const path of told)
    for (const node of nodesOn(vm.top, path)) weighed.get(node)!.weight = Number.POSITIVE_INFINITY
  return weighed
}

/** The nodes from the top down to a path, as far as they exist. */
function* nodesOn(top: PathNode, path: string): Generator<PathNode> {
  let at: PathNode | undefined = top
  for (const step of parsePath(path)) {
    at = at.children.get(step)
    if (!at) return
    yield at
  }
}

function treeOf(vm: VmSeries, weighed: ReadonlyMap<PathNode, Weighed>, most: number, placeOf: PlaceOf): PathTreeNode[] {
  // A path is never heavier than the one above it and stands after it, so what is kept hangs together.
  const ranked = [...weighed].filter(([node, { weight }]) => node.parent && weight > 0)
  ranked.sort(([, one], [, other]) => (one.weight === other.weight ? 0 : other.weight - one.weight))
  const kept = new Set(ranked.slice(0, most).map(([node]) => node))
  const isKept = (node: PathNode) => kept.has(node)
  const nodes: PathTreeNode[] = []
  const open: [node: PathNode, parent: number][] = heaviestLast(
    [...vm.top.children.values()].filter(isKept),
    weighed,
  ).map((node) => [node, -1])
  for (let next = open.pop(); next; next = open.pop()) {
    const [node, p] = next
    const { own, objects, malloc } = weighed.get(node)!
    const index =
      nodes.push({
        p,
        s: node.step,
        b: own,
        o: objects,
        ...facts(weighed.get(node)!, node.source, placeOf),
        ...mallocOf(malloc),
      }) - 1
    const children = [...node.children.values()]
    const folded = fold(
      children.filter((child) => !isKept(child)),
      weighed,
    )
    if (folded) nodes.push({ p: index, s: '', ...folded })
    for (const child of heaviestLast(children.filter(isKept), weighed)) open.push([child, index])
  }
  return nodes
}

function facts(
  { types, cdata }: Weighed,
  source: Source | null,
  placeOf: PlaceOf,
): Pick<PathTreeNode, 't' | 'src' | 'ct'> {
  const names = [...types].sort(([, one], [, other]) => other - one).map(([type]) => type)
  const kinds = kindWords(gainedKinds(cdata))
  return {
    ...(names.length > 0 && { t: names.join(' ') }),
    ...(source !== null && { src: shownAs(placeOf(source)) }),
    ...(kinds !== undefined && { ct: kinds }),
  }
}

/** A file as people recognise it: by as much of its path as no other file has. */
function shownAs({ source, line, shortFile }: Place): string {
  return shortFile === undefined ? source : `${shortFile}:${line}`
}

/** The stack takes the last one first. Only bytes count: a path that is kept for its growth stands where its bytes put it. */
function heaviestLast(nodes: PathNode[], weighed: ReadonlyMap<PathNode, Weighed>): PathNode[] {
  const bytes = (node: PathNode) => Math.max(...weighed.get(node)!.all)
  return nodes.sort((one, other) => bytes(one) - bytes(other) || (one.step < other.step ? 1 : -1))
}

/** Small paths and all below them as one row; nothing where they hold nothing. */
function fold(
  nodes: readonly PathNode[],
  weighed: ReadonlyMap<PathNode, Weighed>,
): Pick<PathTreeNode, 'b' | 'o' | 'mal' | 'more'> | undefined {
  const mal: Pair = [0, 0]
  const b: Pair = [0, 0]
  const o: Pair = [0, 0]
  let more = 0
  for (const node of nodes) {
    if (weighed.get(node)!.weight === 0) continue
    for (const below of subtree(node)) {
      const { own, objects, malloc } = weighed.get(below)!
      if (own[0] === 0 && own[1] === 0) continue
      more++
      for (const part of [0, 1] as const) {
        b[part] += own[part]
        o[part] += objects[part]
        mal[part] += malloc[part]
      }
    }
  }
  return more > 0 ? { b, o, ...mallocOf(mal), more } : undefined
}

function mallocOf(malloc: Pair): Pick<PathTreeNode, 'mal'> {
  return malloc[0] > 0 || malloc[1] > 0 ? { mal: malloc } : {}
}
