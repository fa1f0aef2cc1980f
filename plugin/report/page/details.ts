import { element } from './dom.js'
import { amount, change, paths, plain, share } from './figures.js'
import type { Matches } from './search.js'
import { changeOf, everyNode, type GraphData, type GraphNode, type Measure, pathOf, sizeOf, type View } from './tree.js'

/** What is known of one path, as text: the canvas shows only pictures of names. */
export function detailsOf(node: GraphNode, { labels }: GraphData, view: View, measure: Measure): readonly Node[] {
  const row = labels.length === 1 ? sizeRow : changeRow
  const rows = (['bytes', 'objects'] as const).flatMap((measure) => [
    row(`${measure}, the path itself`, node.own[measure], measure),
    ...(node.children.length > 0
      ? [row(`${measure}, with all below`, [node.all[measure].before, node.all[measure].after], measure)]
      : []),
    ...(node.retained && measure === 'bytes' ? [row('bytes, retained by it alone', node.retained, measure)] : []),
  ])
  return [
    element('p', { class: 'path' }, plain(pathOf(node))),
    element('p', { class: 'faint' }, [shareOf(node, view, measure), ...heldOf(node)].filter(Boolean).join('; ')),
    element(
      'table',
      {},
      element('thead', {}, cells('th', ['', ...labels, ...(labels.length === 1 ? [] : ['change'])])),
      element('tbody', {}, ...rows),
    ),
  ]
}

function sizeRow(name: string, [, now]: readonly [number, number], measure: Measure): HTMLElement {
  return cells('td', [name, amount(now, measure)])
}

function changeRow(name: string, [before, after]: readonly [number, number], measure: Measure): HTMLElement {
  return cells('td', [name, amount(before, measure), amount(after, measure), change(after - before, measure)])
}

function cells(tag: 'td' | 'th', texts: readonly string[]): HTMLElement {
  return element('tr', {}, ...texts.map((text) => element(tag, {}, text)))
}

/** One line for a screen reader. */
export function lineOf(node: GraphNode, view: View, measure: Measure): string {
  const part = shareOf(node, view, measure)
  return `${plain(pathOf(node))}: ${figureOf([node], view, measure)}${part && `, ${part}`}`
}

/** How much a search matched: what several matches hold is counted once. `shown` counts from 0; -1 shows none of them. */
export function matchLine(
  { nodes, topmost }: Matches,
  root: GraphNode,
  { view, measure, shown }: { readonly view: View; readonly measure: Measure; readonly shown: number },
): string {
  const size = topmost.reduce((sum, node) => sum + sizeAt(node, view, measure), 0)
  const said = [
    `${paths(nodes.length)} ${nodes.length === 1 ? 'matches' : 'match'}`,
    ...(size > 0 ? [`: ${figureOf(topmost, view, measure)}, ${share(size, sizeAt(root, view, measure))} of all`] : []),
    ...(shown >= 0 ? [`; number ${(shown + 1).toLocaleString('en-US')} is shown`] : []),
  ]
  return said.join('')
}

/** What a path has with all below it, in bytes and objects, each with its change where two moments are compared. */
export function figuresOf(node: GraphNode, view: View, measure: Measure): string[] {
  const other = measure === 'bytes' ? 'objects' : 'bytes'
  const part = shareOf(node, view, measure)
  return [`${figureOf([node], view, measure)}${part && `, ${part}`}`, figureOf([node], view, other)]
}

/** What some paths have together with all below them. */
function figureOf(nodes: readonly GraphNode[], view: View, measure: Measure): string {
  const sum = (of: (node: GraphNode) => number) => nodes.reduce((total, node) => total + of(node), 0)
  const size = sum((node) => sizeAt(node, view, measure))
  const gained = sum((node) => changeOf(node, measure))
  const grown = view === 'difference' ? ` (${change(gained, measure)})` : ''
  return `${amount(size, measure)}${measure === 'objects' ? ' objects' : ''}${grown}`
}

/** What is at the path itself: types, what most cdata are, and the source line. */
export function heldOf({ types, ctype, source }: GraphNode): string[] {
  return [
    types && `holds ${types.split(' ').join(', ')}`,
    ctype && `cdata: ${plain(ctype)}`,
    source && `defined at ${plain(source)}`,
  ].filter(Boolean)
}

/** A path's share of the whole heap, with all below it; empty for the heap itself. */
function shareOf(node: GraphNode, view: View, measure: Measure): string {
  let root = node
  while (root.parent) root = root.parent
  return root === node ? '' : `${share(sizeAt(node, view, measure), sizeAt(root, view, measure))} of all`
}

/** In the difference, what a path has is what it has afterwards. */
function sizeAt(node: GraphNode, view: View, measure: Measure): number {
  return sizeOf(node, view === 'difference' ? 'after' : view, measure)
}

/** How a list ranks paths: by what each holds itself, with all that is reached through it, or by what only it keeps alive. */
export type Weight = 'own' | 'all' | 'retained'

const LISTED = 12

/** The heaviest paths at and below a node; in the difference those that changed most. */
export function heaviest(focus: GraphNode, view: View, measure: Measure, weight: Weight): GraphNode[] {
  const heavy = (node: GraphNode) => Math.abs(weightOf(node, view, measure, weight))
  const best: GraphNode[] = []
  for (const node of everyNode(focus)) {
    // With all below, the path in view would always be the first.
    if (heavy(node) === 0 || (node === focus && weight === 'all')) continue
    if (best.length === LISTED && heavy(node) <= heavy(best[LISTED - 1]!)) continue
    best.push(node)
    best.sort((one, other) => heavy(other) - heavy(one))
    best.length = Math.min(best.length, LISTED)
  }
  return best
}

const NONE = [0, 0] as const

export function weightOf(node: GraphNode, view: View, measure: Measure, weight: Weight): number {
  const { own, all, retained } = node
  const pair = {
    own: own[measure],
    all: [all[measure].before, all[measure].after] as const,
    retained: retained ?? NONE,
  }
  const [before, after] = pair[weight]
  return view === 'difference' ? after - before : view === 'before' ? before : after
}
