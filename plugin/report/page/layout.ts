import { type GraphNode, type Measure, sizeOf, type View } from './tree.js'

/** One rectangle of the graph, in pixels and rows. */
export interface Frame {
  readonly node: GraphNode
  readonly x: number
  readonly width: number
  readonly row: number
  /** So many children of `node` that are too narrow to draw, from its first narrow one on; 0 for `node` itself. */
  readonly narrow: number
}

/** Narrower than this nobody can see or hit. */
const NARROWEST = 2

/** Children of a node by size, largest first; sorting them again for every frame is what would make a large graph stutter. */
export class Sorted {
  readonly #known = new Map<GraphNode, readonly GraphNode[]>()
  readonly view: View
  readonly measure: Measure

  constructor(view: View, measure: Measure) {
    this.view = view
    this.measure = measure
  }

  childrenOf(node: GraphNode): readonly GraphNode[] {
    let children = this.#known.get(node)
    if (!children) {
      const size = (child: GraphNode) => sizeOf(child, this.view, this.measure)
      children = node.children.filter((child) => size(child) > 0).sort((one, other) => size(other) - size(one))
      this.#known.set(node, children)
    }
    return children
  }
}

/**
 * The frames to draw when `focus` is as wide as the graph: those above it, itself, and all below it that are wide enough.
 * The work goes with what can be seen, not with the number of paths.
 */
export function layout(focus: GraphNode, width: number, sorted: Sorted): Frame[] {
  const frames: Frame[] = []
  for (let at = focus.parent; at; at = at.parent) frames.unshift({ node: at, x: 0, width, row: at.depth, narrow: 0 })
  const whole = sizeOf(focus, sorted.view, sorted.measure)
  const open: Frame[] = [{ node: focus, x: 0, width, row: focus.depth, narrow: 0 }]
  for (let frame = open.pop(); frame; frame = open.pop()) {
    frames.push(frame)
    if (whole === 0) continue
    let { x } = frame
    const children = sorted.childrenOf(frame.node)
    for (const [index, child] of children.entries()) {
      const size = sizeOf(child, sorted.view, sorted.measure)
      const childWidth = (size / whole) * width
      if (childWidth < NARROWEST) {
        frames.push(...narrowFrame(frame, children.slice(index), x, (width / whole) * 1, sorted))
        break
      }
      open.push({ node: child, x, width: childWidth, row: frame.row + 1, narrow: 0 })
      x += childWidth
    }
  }
  return frames
}

/** What is too narrow, taken together. */
function narrowFrame(above: Frame, children: readonly GraphNode[], x: number, scale: number, sorted: Sorted): Frame[] {
  const size = children.reduce((sum, child) => sum + sizeOf(child, sorted.view, sorted.measure), 0)
  const width = size * scale
  return width < 1 ? [] : [{ node: above.node, x, width, row: above.row + 1, narrow: children.length }]
}

/** The frame at a point. */
export function frameAt(frames: readonly Frame[], x: number, row: number): Frame | undefined {
  return frames.find((frame) => frame.row === row && x >= frame.x && x < frame.x + frame.width)
}
