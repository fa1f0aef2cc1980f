import { describe, expect, test } from 'vitest'
import { type Frame, layout, Sorted } from '../../../../plugin/report/page/layout.js'
import { search } from '../../../../plugin/report/page/search.js'
import { startOf } from '../../../../plugin/report/page/start.js'
import { everyNode, type GraphNode, growTree } from '../../../../plugin/report/page/tree.js'
import type { PathTreeNode } from '../../../../plugin/types/path-tree.js'

/** Sizes that differ by powers of ten, so that some of each level are too small to be drawn. */
const NODES: readonly PathTreeNode[] = Array.from({ length: 3000 }, (_, i) => {
  const bytes = 10 ** (i % 7) + i
  return {
    p: Math.floor((i - 1) / 12),
    s: `.k${i}`,
    b: [bytes, bytes * (1 + (i % 3))],
    o: [1, 1 + (i % 3)],
    t: 'table',
  }
})
const ROOT = growTree({ trees: [{ vm: 'http', nodes: NODES }], labels: ['Before', 'After'] })

describe('the frames of a graph', () => {
  test.each([
    ['before', 'bytes', 1400],
    ['after', 'objects', 1400],
    ['difference', 'bytes', 380],
  ] as const)('add up at each path that is drawn open: %s, %s, %i pixels', (view, measure, width) => {
    const sorted = new Sorted(view, measure)
    const frames = layout(ROOT, width, sorted, 'icicle')
    const open = frames.filter(({ node }) => below(frames, node).length > 0)
    expect(open.length).toBeGreaterThan(20)
    expect(frames.some(({ node }) => node.isFold)).toBe(true)
    for (const { node, width, x } of open) {
      const parts = below(frames, node)
      const own = node.own[measure]
      const size = { before: own[0], after: own[1], difference: Math.max(...own) }[view]
      expect(parts.reduce((sum, one) => sum + sorted.sizeOf(one.node), size)).toBe(sorted.sizeOf(node))
      expect(Math.max(...parts.map((one) => one.x + one.width))).toBeLessThanOrEqual(x + width + 1e-6)
    }
  })

  test('stand with the largest first, and what is folded last', () => {
    const sorted = new Sorted('after', 'bytes')
    const frames = layout(ROOT, 1400, sorted, 'icicle')
    for (const { node } of frames) {
      const parts = below(frames, node).sort((one, other) => one.x - other.x)
      const sizes = parts.filter((one) => !one.node.isFold).map((one) => sorted.sizeOf(one.node))
      expect(sizes).toEqual([...sizes].sort((one, other) => other - one))
      expect(parts.slice(0, -1).some((one) => one.node.isFold)).toBe(false)
    }
  })

  test('fold what is below a thousandth of what is in view, however wide the window', () => {
    const sorted = new Sorted('after', 'bytes')
    const whole = sorted.sizeOf(ROOT)
    const alone = ({ node }: Frame) => node.parent !== null && sorted.childrenOf(node.parent).at(-1) === node
    const small = layout(ROOT, 100_000, sorted, 'icicle').filter(
      ({ node }) => !node.isFold && sorted.sizeOf(node) < whole / 1000,
    )
    expect(small.filter((frame) => !alone(frame))).toEqual([])
  })

  test('show one that is alone too small by its name', () => {
    const alone = [1_000_000, 10].map((bytes, i): PathTreeNode => ({ p: -1, s: `.k${i}`, b: [0, bytes], o: [0, 1] }))
    const root = growTree({ trees: [{ vm: 'http', nodes: alone }], labels: ['Now'] })
    const frames = layout(root, 1400, new Sorted('after', 'bytes'), 'icicle')
    expect(frames.map(({ node }) => node.name).sort()).toEqual(['.k0', '.k1', 'GC roots'])
  })

  test('of a fold that is opened are those that it takes together', () => {
    const sorted = new Sorted('after', 'bytes')
    const fold = layout(ROOT, 1400, sorted, 'icicle').find(({ node }) => node.isFold)!.node
    const frames = layout(fold, 1400, sorted, 'icicle')
    const shown = frames.filter(({ row }) => row === fold.depth + 1)
    expect(shown.length).toBeGreaterThan(1)
    expect(shown.reduce((sum, { node }) => sum + sorted.sizeOf(node), 0)).toBe(sorted.sizeOf(fold))
  })

  test('stand the other way up in a flame graph', () => {
    const sorted = new Sorted('after', 'bytes')
    const down = layout(ROOT, 1400, sorted, 'icicle')
    const up = layout(ROOT, 1400, sorted, 'flame')
    const last = Math.max(...down.map(({ row }) => row))
    expect(up).toEqual(down.map((frame) => ({ ...frame, row: last - frame.row })))
  })
})

describe('where a graph begins', () => {
  const startBelow = (nodes: readonly PathTreeNode[]) => {
    const root = growTree({ trees: [{ vm: 'http', nodes }], labels: ['Now'] })
    return startOf(root, new Sorted('after', 'bytes')).name
  }
  const at = (p: number, s: string, bytes: number): PathTreeNode => ({ p, s, b: [bytes, bytes], o: [1, 1] })

  test('is the first path that branches', () => {
    expect(startBelow([at(-1, 'registry', 40), at(0, '.a', 40), at(1, '.b', 4000), at(1, '.c', 4000)])).toBe('.a')
  })

  test('is never so deep that a twentieth of the heap is out of view', () => {
    const steps = [at(-1, 'registry', 300), at(0, '.a', 300), at(1, '.b', 300), at(2, '.c', 300), at(3, '.d', 8800)]
    expect(startBelow(steps)).toBe('.a')
  })

  test('is a path with something below it', () => {
    expect(startBelow([at(-1, 'registry', 40), at(0, '.a', 90_000)])).toBe('registry')
  })
})

test('a search counts each path once, whatever it lies below', () => {
  const found = search(ROOT, '.k1', 'after', 'bytes')!
  const all = new Set([...found.topmost].flatMap((node) => [...everyNode(node)]))
  const sum = (nodes: Iterable<GraphNode>) => [...nodes].reduce((total, { own }) => total + own.bytes[1], 0)
  expect(found.nodes.length).toBeGreaterThan(found.topmost.length)
  expect(found.nodes.every((node) => all.has(node))).toBe(true)
  expect(found.topmost.reduce((total, node) => total + node.all.bytes.after, 0)).toBe(sum(all))
})

/** What is drawn directly below a path. */
function below(frames: readonly Frame[], node: GraphNode): Frame[] {
  return frames.filter((frame) => frame.node.parent === node)
}
