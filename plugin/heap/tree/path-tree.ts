import type { Place } from '../../types/added.js'
import type { Growth } from '../../types/growth.js'
import type { PathTree, PathTreeNode } from '../../types/path-tree.js'
import type { TypeName } from '../../types/snapshot.js'
import { type Holding, type PathNode, subtree } from '../node.js'
import { type PlaceOf, placesIn } from '../owner/place.js'
import { parsePath } from '../path.js'
import type { HeapSeries, VmSeries } from '../series.js'
import { addKinds, type CdataKinds, gainedKinds, kindWords } from '../source/cdata.js'
import type { Source } from '../source/source.js'

/** Paths of one VM that a report keeps: the largest, as many as stay quick to read, send and draw. */
export const MOST_PATHS = 4000

type Pair = [before: number, after: number]

/** The two moments of a picture, of all snapshots of a run. */
interface Span {
  readonly from: number
  readonly to: number
}

/** What one path holds at the two moments, itself and with all below it. */
interface Weighed {
  readonly own: Pair
  readonly objects: Pair
  readonly all: Pair
  /** What decides whether a path is kept: the larger of the two moments; infinite on the way to a growth that is reported. */
  weight: number
}

/**
 * The heaps of two moments by reference path, workers summed.
 * Smaller paths than the largest `most` are folded into one row below their parent; paths of `growths`, and those above them, come first.
 */
export function pathTrees(
  series: HeapSeries,
  span: Span,
  growths: readonly Pick<Growth, 'vm' | 'path'>[],
  most = MOST_PATHS,
): PathTree[] {
  const detailsOf = details(series, span)
  return series.vms.map((vm) => {
    const paths = growths.filter((growth) => growth.vm === vm.label).map(({ path }) => path)
    return { vm: vm.label, nodes: treeOf(vm, weigh(vm, series, span, paths), most, detailsOf) }
  })
}

function weigh(vm: VmSeries, series: HeapSeries, { from, to }: Span, told: readonly string[]): Map<PathNode, Weighed> {
  const weighed = new Map<PathNode, Weighed>()
  const order = [...subtree(vm.top)]
  for (const node of order) {
    const [bytesBefore, before] = heldBy(node, series, from)
    const [bytesAfter, after] = heldBy(node, series, to)
    const all: Pair = [bytesBefore, bytesAfter]
    weighed.set(node, { own: [bytesBefore, bytesAfter], objects: [before, after], all, weight: 0 })
  }
  for (const node of order.reverse()) {
    const entry = weighed.get(node)!
    const above = node.parent && weighed.get(node.parent)!
    if (above) for (const part of [0, 1] as const) above.all[part] += entry.all[part]
    entry.weight = Math.max(...entry.all)
  }
  for (const path of told)
    for (const node of nodesOn(vm.top, path)) weighed.get(node)!.weight = Number.POSITIVE_INFINITY
  return weighed
}

/** Bytes and objects at one moment, workers summed. */
function heldBy(node: PathNode, series: HeapSeries, moment: number): readonly [bytes: number, objects: number] {
  const sum: [number, number] = [0, 0]
  for (let worker = 0; worker < series.workers.length; worker++) {
    for (const [objects, bytes] of series.holding(node, moment, worker)?.objects.values() ?? []) {
      sum[0] += bytes
      sum[1] += objects
    }
  }
  return sum
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

function treeOf(
  vm: VmSeries,
  weighed: ReadonlyMap<PathNode, Weighed>,
  most: number,
  detailsOf: Details,
): PathTreeNode[] {
  const kept = heaviest(weighed, most)
  const isKept = (node: PathNode) => kept.has(node)
  const nodes: PathTreeNode[] = []
  const open: [node: PathNode, parent: number][] = heaviestLast(
    [...vm.top.children.values()].filter(isKept),
    weighed,
  ).map((node) => [node, -1])
  for (let next = open.pop(); next; next = open.pop()) {
    const [node, p] = next
    const { own, objects } = weighed.get(node)!
    const index =
      nodes.push({
        p,
        s: node.step,
        b: own,
        o: objects,
        ...detailsOf.facts(node),
        ...mallocOf(detailsOf.malloc(node)),
      }) - 1
    const children = [...node.children.values()]
    const folded = fold(
      children.filter((child) => !isKept(child)),
      weighed,
      detailsOf,
    )
    if (folded) nodes.push({ p: index, s: '', ...folded })
    for (const child of heaviestLast(children.filter(isKept), weighed)) open.push([child, index])
  }
  return nodes
}

/**
 * As many paths as may be kept, of equal ones the first.
 * A path is never heavier than the one above it and stands after it, so what is kept hangs together.
 */
function heaviest(weighed: ReadonlyMap<PathNode, Weighed>, most: number): ReadonlySet<PathNode> {
  const paths = [...weighed].filter(([node, { weight }]) => node.parent && weight > 0)
  const weights = Float64Array.from(paths, ([, { weight }]) => weight).sort()
  const least = weights[weights.length - most] ?? 0
  let room = most - (weights.length - 1 - weights.findLastIndex((weight) => weight <= least))
  const kept = new Set<PathNode>()
  for (const [node, { weight }] of paths) if (weight > least || (weight === least && room-- > 0)) kept.add(node)
  return kept
}

/** What is told of few paths, and so is only found of these. */
interface Details {
  facts(node: PathNode): Pick<PathTreeNode, 't' | 'src' | 'ct'>
  /** Bytes that a path has of malloc, without what is held below. */
  malloc(node: PathNode): Pair
}

function details(series: HeapSeries, { from, to }: Span): Details {
  const placeOf = placesIn(series)
  return {
    facts: (node) =>
      facts(
        [from, to].flatMap((moment) => series.holdings(node, moment)),
        node.source,
        placeOf,
      ),
    malloc: (node) => [mallocAt(node, series, from), mallocAt(node, series, to)],
  }
}

/** Bytes of malloc at one moment, workers summed. */
function mallocAt(node: PathNode, series: HeapSeries, moment: number): number {
  let sum = 0
  for (let worker = 0; worker < series.workers.length; worker++)
    sum += series.holding(node, moment, worker)?.malloc?.[1] ?? 0
  return sum
}

function facts(
  holdings: readonly Holding[],
  source: Source | null,
  placeOf: PlaceOf,
): Pick<PathTreeNode, 't' | 'src' | 'ct'> {
  const types = new Map<TypeName, number>()
  const cdata: CdataKinds = new Map()
  for (const holding of holdings) {
    if (holding.cdata) addKinds(cdata, holding.cdata)
    for (const [type, [objects, bytes]] of holding.objects) {
      if (objects > 0) types.set(type, Math.max(bytes, types.get(type) ?? 0))
    }
  }
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
  detailsOf: Details,
): Pick<PathTreeNode, 'b' | 'o' | 'mal' | 'more'> | undefined {
  const mal: Pair = [0, 0]
  const b: Pair = [0, 0]
  const o: Pair = [0, 0]
  let more = 0
  for (const node of nodes) {
    if (weighed.get(node)!.weight === 0) continue
    for (const below of subtree(node)) {
      const { own, objects } = weighed.get(below)!
      if (own[0] === 0 && own[1] === 0) continue
      const malloc = detailsOf.malloc(below)
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
