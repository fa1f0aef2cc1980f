import { element } from './dom.js'
import { amount, change, plain } from './figures.js'
import { changeOf, everyNode, type GraphData, type GraphNode, type Measure, pathOf, sizeOf, type View } from './tree.js'

/** What is known of one path, as text: the canvas shows only pictures of names. */
export function detailsOf(node: GraphNode, { labels }: GraphData): readonly Node[] {
  const row = labels.length === 1 ? sizeRow : changeRow
  const facts = [
    node.types && `holds ${node.types.split(' ').join(', ')}`,
    node.source && `defined at ${plain(node.source)}`,
  ]
  const rows = (['bytes', 'objects'] as const).flatMap((measure) => [
    row(`${measure}, the path itself`, node.own[measure], measure),
    ...(node.children.length > 0
      ? [row(`${measure}, with all below`, [node.all[measure].before, node.all[measure].after], measure)]
      : []),
    ...(node.retained && measure === 'bytes' ? [row('bytes, retained by it alone', node.retained, measure)] : []),
  ])
  return [
    element('p', { class: 'path' }, plain(pathOf(node))),
    element('p', { class: 'faint' }, facts.filter(Boolean).join('; ')),
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

/** One line for a pointer or a screen reader. */
export function lineOf(node: GraphNode, view: View, measure: Measure): string {
  const size = amount(sizeOf(node, view === 'difference' ? 'after' : view, measure), measure)
  const grown = view === 'difference' ? ` (${change(changeOf(node, measure), measure)})` : ''
  return `${plain(pathOf(node))}: ${size}${measure === 'objects' ? ' objects' : ''}${grown}`
}

/** How a list ranks paths: by what each holds itself, with all that is reached through it, or by what only it keeps alive. */
export type Weight = 'own' | 'all' | 'retained'

const LISTED = 12

/** The heaviest paths at and below a node; in the difference those that changed most. */
export function heaviest(focus: GraphNode, view: View, measure: Measure, weight: Weight): GraphNode[] {
  const heavy = (node: GraphNode) => Math.abs(weightOf(node, view, measure, weight))
  const best: GraphNode[] = []
  for (const node of everyNode(focus)) {
    if (heavy(node) === 0 || (node === focus && weight !== 'own')) continue
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
