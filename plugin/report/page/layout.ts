import { foldOf, type GraphNode, type Measure, sizeOf, type View } from './tree.js'

/** One rectangle of the graph, in pixels and rows. */
export interface Frame {
  readonly node: GraphNode
  readonly x: number
  readonly width: number
  /** Counted from the top. */
  readonly row: number
}

/** An icicle has its root at the top, a flame graph at the bottom. */
export type Shape = 'icicle' | 'flame'

/** Narrower than this nobody can see or hit. */
const NARROWEST = 2
/** Smaller than this share of what is in view, a frame is folded however wide the window. */
const SMALLEST = 0.001
/** A canvas has a largest height; chains are folded, so no real heap comes near. */
const MOST_ROWS = 300

/** Children of a node by size, largest first; sorting them again for every frame is what would make a large graph stutter. */
export class Sorted {
  readonly #known = new Map<GraphNode, readonly GraphNode[]>()
  readonly #folds = new Map<GraphNode, GraphNode>()
  readonly view: View
  readonly measure: Measure

  constructor(view: View, measure: Measure) {
    this.view = view
    this.measure = measure
  }

  sizeOf(node: GraphNode): number {
    return sizeOf(node, this.view, this.measure)
  }

  childrenOf(node: GraphNode): readonly GraphNode[] {
    let children = this.#known.get(node)
    if (!children) {
      children = node.children
        .filter((child) => this.sizeOf(child) > 0)
        .sort((one, other) => this.sizeOf(other) - this.sizeOf(one))
      this.#known.set(node, children)
    }
    return children
  }

  /** The children from an index on taken together; the same object as long as they are the same, so that it stays selected. */
  foldOf(node: GraphNode, from: number): GraphNode {
    const children = this.childrenOf(node).slice(from)
    const known = this.#folds.get(node)
    if (known?.children.length === children.length) return known
    const fold = foldOf(node, children)
    this.#folds.set(node, fold)
    return fold
  }
}

/**
 * The frames to draw when `focus` is as wide as the graph: those above it, itself, and all below it that are wide enough.
 * What is not is one frame, so that the children of a path always add up. The work goes with what can be seen, not with the number of paths.
 */
export function layout(focus: GraphNode, width: number, sorted: Sorted, shape: Shape): Frame[] {
  const frames: Frame[] = []
  for (let at = focus.parent; at; at = at.parent) frames.unshift({ node: at, x: 0, width, row: at.depth })
  const whole = sorted.sizeOf(focus)
  const least = Math.max(NARROWEST / width, SMALLEST) * whole
  const open: Frame[] = [{ node: focus, x: 0, width, row: focus.depth }]
  for (let frame = open.pop(); frame; frame = open.pop()) {
    frames.push(frame)
    const row = frame.row + 1
    if (whole === 0 || row >= MOST_ROWS) continue
    let { x } = frame
    const place = (node: GraphNode): Frame => {
      const placed = { node, x, width: (sorted.sizeOf(node) / whole) * width, row }
      x += placed.width
      return placed
    }
    const children = sorted.childrenOf(frame.node)
    const narrow = children.findIndex((child) => sorted.sizeOf(child) < least)
    const wide = narrow < 0 ? children.length : narrow
    for (const child of children.slice(0, wide)) open.push(place(child))
    const left = children.length - wide
    // One alone is told by its name.
    if (left > 0) frames.push(place(left === 1 ? children[wide]! : sorted.foldOf(frame.node, wide)))
  }
  return shape === 'icicle' ? frames : upsideDown(frames)
}

function upsideDown(frames: readonly Frame[]): Frame[] {
  const last = rowsOf(frames) - 1
  return frames.map((frame) => ({ ...frame, row: last - frame.row }))
}

export function rowsOf(frames: readonly Frame[]): number {
  return frames.reduce((most, { row }) => Math.max(most, row + 1), 0)
}

/** The frame at a point. */
export function frameAt(frames: readonly Frame[], x: number, row: number): Frame | undefined {
  return frames.find((frame) => frame.row === row && x >= frame.x && x < frame.x + frame.width)
}
