import { sumBy } from '../base/sum.js'
import {
  childOf,
  type Holding,
  holds,
  mergeNode,
  type OwnSums,
  onceForColumns,
  type PathNode,
  subtree,
} from './node.js'
import { chainSteps, isStringKey } from './path.js'

/** A table in which more string keys than this came or went, or hold tables with more in them, is a collection, not a record. */
export const MOST_CHANGED_KEYS = 16

/**
 * Gives all snapshots of a series the same paths: what is collapsed in one of them is collapsed in all.
 * A table collapses its string keys to `{*}` where more than 16 of them came or went, or are of tables below which
 * there is more at the end, or where the walker did so;
 * `registry`, `_LOADED` and `globals` never do: of those only the keys that came or went are taken together, see PassingKeys.
 * Where the walker saw a chain `(S)+`, plain repetitions of S are merged into it.
 * @param series column numbers of each worker, in the order taken
 */
export function collapse(top: PathNode, series: readonly (readonly number[])[]): void {
  const own: OwnSums = new Set()
  const open = [top]
  for (let node = open.pop(); node; node = open.pop()) {
    if (node.children.size === 0) continue
    const keys = [...node.children.values()]
    if (!isNeverCollapsed(node) && mustCollapseKeys(node, series, keys)) collapseKeys(node, own)
    for (const child of [...node.children.values()]) foldChain(child, own)
    for (const child of node.children.values()) open.push(child)
  }
}

/**
 * Whether there is nothing for collapse() to do, as in most trees.
 * @param nodes all of the tree
 */
export function isCollapsed(nodes: readonly PathNode[], series: readonly (readonly number[])[]): boolean {
  const changed = changedPaths(nodes, series)
  for (const node of nodes) {
    if (linksOf(node)) return false
    const { children } = node
    // one alone has nothing to be taken together with
    if (children.size < 2 || isNeverCollapsed(node)) continue
    // only keys that changed, or below which something did, come, go or hold more
    const suspects = children.size > MOST_CHANGED_KEYS ? [...children.values()].filter((key) => changed.has(key)) : []
    if (mustCollapseKeys(node, series, suspects) && [...children.keys()].some(isStringKey)) return false
  }
  return true
}

/** Paths that do not hold the very same at every moment, and all above them. */
function changedPaths(nodes: readonly PathNode[], series: readonly (readonly number[])[]): ReadonlySet<PathNode> {
  const isSteady = onceForColumns((columns) =>
    series.every((ofWorker) => ofWorker.every((column) => columns[column] === columns[ofWorker[0]!])),
  )
  const changed = new Set<PathNode>()
  for (const node of nodes) {
    if (isSteady(node.columns)) continue
    for (let at: PathNode | null = node; at && !changed.has(at); at = at.parent) changed.add(at)
  }
  return changed
}

/** Each key of these has a meaning of its own: a module, a global. */
function isNeverCollapsed(node: PathNode): boolean {
  const { parent, step } = node
  if (!parent) return true
  if (!parent.parent) return step === 'registry' || step === 'globals'
  return step === '._LOADED' && parent.step === 'registry' && !parent.parent.parent
}

/** @param suspects those of its children that may have come or gone, or hold more */
function mustCollapseKeys(
  node: PathNode,
  series: readonly (readonly number[])[],
  suspects: readonly PathNode[],
): boolean {
  if (holdsObjects(node.children.get('{*}'))) return true
  if (suspects.length <= MOST_CHANGED_KEYS) return false
  const keys = suspects.filter(({ step }) => isStringKey(step))
  if (keys.length <= MOST_CHANGED_KEYS) return false
  const isMany = (changed: (key: PathNode) => boolean) => keys.filter(changed).length > MOST_CHANGED_KEYS
  return isMany((key) => cameOrWent(node, key, series)) || isMany((key) => holdsMore(key, series))
}

/** One leak spread over many tables of a kind, one per client or route: functions are no such kind, each has its own life. */
function holdsMore(key: PathNode, series: readonly (readonly number[])[]): boolean {
  if (!holds(key, 'table') || holds(key, 'function')) return false
  return series.some((columns) => {
    const [first, last] = [columns[0]!, columns.at(-1)!]
    return key.columns[first] && key.columns[last] && gainedBelow(key, first, last) > 0
  })
}

/** Objects and entries at this path and below it, at the end more than at the beginning. */
function gainedBelow(top: PathNode, first: number, last: number): number {
  let gained = 0
  for (const { columns } of subtree(top)) {
    if (columns[first] !== columns[last]) gained += heldBy(columns[last]) - heldBy(columns[first])
  }
  return gained
}

function heldBy(holding: Holding | undefined): number {
  return holding ? holding.entries + sumBy(holding.objects.values(), ([objects]) => objects) : 0
}

/** A `{*}` without objects only counts entries: it says nothing of how the walker wrote the keys. */
function holdsObjects(node: PathNode | undefined): boolean {
  return (
    node !== undefined && (node.children.size > 0 || node.columns.some((holding) => (holding?.objects.size ?? 0) > 0))
  )
}

/** Where the table itself was not there, its keys tell nothing. */
function cameOrWent(table: PathNode, key: PathNode, series: readonly (readonly number[])[]): boolean {
  return series.some((columns) => {
    const seen = columns.filter((column) => table.columns[column])
    const present = seen.filter((column) => key.columns[column]).length
    return present > 0 && present < seen.length
  })
}

function collapseKeys(table: PathNode, own: OwnSums): void {
  const all = childOf(table, '{*}')
  for (const child of [...table.children.values()]) {
    if (isStringKey(child.step)) mergeNode(all, child, own)
  }
}

/**
 * `(.a.b)+` takes in `.a.b`, `.a.b.a.b` and so on beside it, and its own repetitions.
 * As in the walker's output, the ends of the unit are the chain itself and what is inside the unit (`.a`) hangs below it.
 */
function foldChain(chain: PathNode, own: OwnSums): void {
  for (let links = linksOf(chain); links; links = linksOf(chain)) fold(chain, links, own)
}

/** The next repetition of a chain to be merged into it; undefined where there is none. */
function linksOf(chain: PathNode): PathNode[] | undefined {
  const steps = chainSteps(chain.step)
  return steps && chain.parent ? (walk(chain.parent, steps) ?? walk(chain, steps)) : undefined
}

/** The farthest link first: one that moved takes what is left below it along. */
function fold(chain: PathNode, links: readonly PathNode[], own: OwnSums): void {
  for (const [index, link] of [...links.entries()].reverse()) {
    const inside = index === links.length - 1 ? [] : links.slice(0, index + 1)
    const into = inside.reduce((at, { step }) => childOf(at, step), chain)
    if (into !== link) mergeNode(into, link, own)
  }
}

/** The nodes met by taking all of `steps`; undefined where one is missing. */
function walk(from: PathNode, steps: readonly string[]): PathNode[] | undefined {
  const met: PathNode[] = []
  for (const step of steps) {
    const next = (met.at(-1) ?? from).children.get(step)
    if (!next) return undefined
    met.push(next)
  }
  return met
}
