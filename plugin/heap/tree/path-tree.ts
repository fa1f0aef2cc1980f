import type { Place } from '../../types/added.js'
import type { Growth } from '../../types/growth.js'
import type { PathTree, PathTreeNode } from '../../types/path-tree.js'
import type { TypeName } from '../../types/snapshot.js'
import type { Holding, PathNode } from '../node.js'
import { placesIn } from '../owner/place.js'
import type { HeapSeries } from '../series.js'
import { addKinds, type CdataKinds, gainedKinds, kindWords } from '../source/cdata.js'
import { type HeldBelow, heldAt, type Pair, WeighedPaths } from './weighed-paths.js'

/** Paths of one VM that a report keeps: the largest, as many as stay quick to read, send and draw. */
export const MOST_PATHS = 4000

/** The two moments of a picture, of all snapshots of a run. */
interface Span {
  readonly from: number
  readonly to: number
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
  const factsOf = facts(series, span)
  const heldOf = heldAt(series, span.from, span.to)
  return series.vms.map((vm) => {
    const paths = new WeighedPaths(vm.nodes, heldOf)
    const told = growths.filter((growth) => growth.vm === vm.label).flatMap(({ path }) => paths.on(path))
    return { vm: vm.label, nodes: treeOf(paths, heaviest(paths, told, most), factsOf) }
  })
}

function treeOf(paths: WeighedPaths, kept: Uint8Array, factsOf: FactsOf): PathTreeNode[] {
  const nodes: PathTreeNode[] = []
  const open: [path: number, parent: number][] = []
  const goOn = (children: number[], parent: number) => {
    for (const child of heaviestLast(children, paths)) if (kept[child]) open.push([child, parent])
  }
  goOn(paths.children(0), -1)
  for (let next = open.pop(); next; next = open.pop()) {
    const [path, p] = next
    const node = paths.nodes[path]!
    const { bytes, objects, malloc } = paths.held(path)
    const index = nodes.push({ p, s: node.step, b: bytes, o: objects, ...factsOf(node), ...mallocOf(malloc) }) - 1
    const children = paths.children(path)
    const folded = fold(paths.together(children.filter((child) => !kept[child])))
    if (folded) nodes.push({ p: index, s: '', ...folded })
    goOn(children, index)
  }
  return nodes
}

/**
 * As many paths as may be kept, of equal ones the first: 1 for each. Those that are told, and those above them, come before all others.
 * A path is never heavier than the one above it and stands after it, so what is kept hangs together.
 */
function heaviest(paths: WeighedPaths, told: readonly number[], most: number): Uint8Array {
  const weights = paths.bytes.slice().fill(0, 0, 1)
  for (const path of told) weights[path] = Number.POSITIVE_INFINITY
  const sorted = weights.filter((weight) => weight > 0).sort()
  const least = sorted[sorted.length - most] ?? 0
  let room = most - (sorted.length - 1 - sorted.findLastIndex((weight) => weight <= least))
  const kept = new Uint8Array(weights.length)
  for (let path = 0; path < weights.length; path++) {
    const weight = weights[path]!
    if (weight > least || (weight > 0 && weight === least && room-- > 0)) kept[path] = 1
  }
  return kept
}

/** What is told of few paths, and so is only found of these. */
type FactsOf = (node: PathNode) => Pick<PathTreeNode, 't' | 'src' | 'ct'>

function facts(series: HeapSeries, { from, to }: Span): FactsOf {
  const placeOf = placesIn(series)
  return (node) => {
    const holdings = [from, to].flatMap((moment) => series.holdings(node, moment))
    const kinds = kindWords(gainedKinds(cdataOf(holdings)))
    const names = typesOf(holdings)
    return {
      ...(names.length > 0 && { t: names.join(' ') }),
      ...(node.source !== null && { src: shownAs(placeOf(node.source)) }),
      ...(kinds !== undefined && { ct: kinds }),
    }
  }
}

/** Those with the most bytes first. */
function typesOf(holdings: readonly Holding[]): TypeName[] {
  const types = new Map<TypeName, number>()
  for (const holding of holdings) {
    for (const [type, [objects, bytes]] of holding.objects) {
      if (objects > 0) types.set(type, Math.max(bytes, types.get(type) ?? 0))
    }
  }
  return [...types].sort(([, one], [, other]) => other - one).map(([type]) => type)
}

function cdataOf(holdings: readonly Holding[]): CdataKinds {
  const cdata: CdataKinds = new Map()
  for (const holding of holdings) if (holding.cdata) addKinds(cdata, holding.cdata)
  return cdata
}

/** A file as people recognise it: by as much of its path as no other file has. */
function shownAs({ source, line, shortFile }: Place): string {
  return shortFile === undefined ? source : `${shortFile}:${line}`
}

/** The stack takes the last one first. Only bytes count: a path that is kept for its growth stands where its bytes put it. */
function heaviestLast(children: number[], paths: WeighedPaths): number[] {
  const { bytes, nodes } = paths
  return children.sort((one, other) => bytes[one]! - bytes[other]! || (nodes[one]!.step < nodes[other]!.step ? 1 : -1))
}

/** Small paths and all below them as one row; nothing where they hold nothing. */
function fold({
  bytes,
  objects,
  malloc,
  paths,
}: HeldBelow): Pick<PathTreeNode, 'b' | 'o' | 'mal' | 'more'> | undefined {
  return paths > 0 ? { b: bytes, o: objects, ...mallocOf(malloc), more: paths } : undefined
}

function mallocOf(malloc: Pair): Pick<PathTreeNode, 'mal'> {
  return malloc[0] > 0 || malloc[1] > 0 ? { mal: malloc } : {}
}
