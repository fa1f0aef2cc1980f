import { isManyKeys, parsePath, printPath } from '../../heap/path.js'
import { splitPath } from '../../heap/tree/heap-table.js'
import type { HeapDifference, HeapPathDifference } from '../../types/compare/comparison.js'
import type { HeapPath, HeapTable } from '../../types/compare/result.js'
import { type Held, renamedPairs } from './renamed.js'

/** One path of both tables. Index 0 is base, 1 is head. */
interface Node {
  readonly path: readonly string[]
  readonly vm: string
  readonly children: Map<string, Node>
  readonly own: [HeapPath | undefined, HeapPath | undefined]
}

interface Sum {
  objects: [number, number]
  bytes: [number, number]
  moved: [objects: number, bytes: number]
}

/** What a path comes to, as it is told. */
type Told = Held & Sum

/**
 * What one side holds more than the other once it is warm, by path.
 * A container is reported with all that is in it, and so is what only one side has; everything else is reported where it is, and what
 * lies under another key on the other side not at all.
 * @param growing paths that keep on growing: they have no steady state, and are reported with what is kept per request
 * @param minimum smallest difference that is called, in bytes
 */
export function heapDifference(
  base: HeapTable,
  head: HeapTable,
  growing: readonly string[],
  minimum: number,
): HeapDifference {
  const rows: HeapPathDifference[] = []
  const below = { paths: 0, bytes: 0 }
  const totals = { objects: [0, 0] as [number, number], bytes: [0, 0] as [number, number] }
  const all = [...tell(treeOf(base, head), growing)]
  const pairs = renamedPairs(all)
  const renamed = new Set(pairs.flat())
  for (const told of all) {
    for (const side of [0, 1] as const) {
      totals.objects[side] += told.objects[side]
      totals.bytes[side] += told.bytes[side]
    }
    const objects = told.objects[1] - told.objects[0]
    const bytes = told.bytes[1] - told.bytes[0]
    if (renamed.has(told) || (Math.abs(objects) <= told.moved[0] && Math.abs(bytes) <= told.moved[1])) continue
    const path = `${told.vm}${printPath(told.steps)}`
    if (Math.abs(bytes) >= minimum) rows.push({ path, objects: pair(told.objects), bytes: pair(told.bytes) })
    else {
      below.paths++
      below.bytes += bytes
    }
  }
  rows.sort((one, other) => change(other) - change(one) || (one.path < other.path ? -1 : 1))
  return {
    objects: pair(totals.objects),
    bytes: pair(totals.bytes),
    paths: rows,
    below,
    renamed: pairs.length,
    minimum,
  }
}

function change({ bytes }: HeapPathDifference): number {
  return Math.abs(bytes.head - bytes.base)
}

function pair([base, head]: readonly [number, number]) {
  return { base, head }
}

function treeOf(base: HeapTable, head: HeapTable): Node[] {
  const roots = new Map<string, Node>()
  for (const [side, { paths }] of [base, head].entries()) {
    for (const entry of paths) {
      const {
        vm,
        steps: [root, ...steps],
      } = splitPath(entry.path)
      let at = childOf(roots, `${vm}${root}`, { path: [root!], vm })
      for (const step of steps) at = childOf(at.children, step, { path: [...at.path, step], vm })
      at.own[side as 0 | 1] = entry
    }
  }
  return [...roots.values()]
}

function childOf(children: Map<string, Node>, step: string, made: Pick<Node, 'path' | 'vm'>): Node {
  const known = children.get(step)
  if (known) return known
  const node: Node = { ...made, children: new Map(), own: [undefined, undefined] }
  children.set(step, node)
  return node
}

function* tell(nodes: readonly Node[], growing: readonly string[]): Generator<Told> {
  const growths = growing.map(parsePath)
  const open = [...nodes].reverse()
  for (let node = open.pop(); node; node = open.pop()) {
    const steps = node.path
    if (growths.some((growth) => isBelow(steps, growth) || isSameContainer(steps, growth))) continue
    const whole = isToldWhole(node) && !growths.some((growth) => isBelow(growth, steps))
    yield { vm: node.vm, steps, ...sumOf(node, whole) }
    if (whole) continue
    for (const child of childrenOf(node)) open.push(child)
  }
}

function isBelow(path: readonly string[], above: readonly string[]): boolean {
  return above.every((step, index) => path[index] === step)
}

/** Whether both are entries, or keys, of one container: a growth is reported at one of them. */
function isSameContainer(path: readonly string[], growth: readonly string[]): boolean {
  const last = [path.at(-1)!, growth.at(-1)!]
  if (!last.every((step) => isManyKeys(step) || step === '.<keys>') || !last.includes('.<keys>')) return false
  return path.length === growth.length && isBelow(path, growth.slice(0, -1))
}

/** Entries of a container, a chain, or something that only one side has. */
function isToldWhole(node: Node): boolean {
  const step = node.path.at(-1)!
  return isManyKeys(step) || step.startsWith('(') || !exists(node, 0) || !exists(node, 1)
}

function exists(node: Node, side: 0 | 1): boolean {
  return (node.own[side]?.objects ?? 0) > 0 || [...node.children.values()].some((child) => exists(child, side))
}

/** Key objects go with the entries that they lead to. */
function childrenOf({ children }: Node): Node[] {
  const keys = children.get('.<keys>')
  const entries = ['{*}', '[*]'].map((step) => children.get(step)).find((node) => node !== undefined)
  if (!keys || !entries) return [...children.values()]
  entries.children.set('.<keys>', keys)
  return [...children.values()].filter((child) => child !== keys)
}

function sumOf(node: Node, whole: boolean): Sum {
  const sum: Sum = { objects: [0, 0], bytes: [0, 0], moved: [0, 0] }
  const open = [node]
  for (let at = open.pop(); at; at = open.pop()) {
    for (const side of [0, 1] as const) {
      const own = at.own[side]
      if (!own) continue
      sum.objects[side] += own.objects
      sum.bytes[side] += own.bytes
      sum.moved[0] += own.moved?.[0] ?? 0
      sum.moved[1] += own.moved?.[1] ?? 0
    }
    if (whole) open.push(...at.children.values())
  }
  return sum
}
