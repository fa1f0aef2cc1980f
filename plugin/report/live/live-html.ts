import { percent, size } from '../../base/number.js'
import { differenceTrees, heapTrees } from '../../heap/tree/snapshot-tree.js'
import type { PathTree } from '../../types/path-tree.js'
import type { MemoryRow, Snapshot } from '../../types/snapshot.js'
import { section, table, text } from '../html/markup.js'
import { graphPlace, htmlPage } from '../html/page.js'
import { coreLacks, ofWhat } from '../words/core-words.js'
import { differenceText } from './difference-text.js'
import { heapText } from './heap-text.js'
import { HEAD as MALLOC_HEAD, mallocCells, mallocConclusion } from './malloc-text.js'
import { memoryConclusion } from './memory-text.js'

/** The heaps of some workers as one self-contained page. */
export function heapHtml(snapshots: readonly Snapshot[]): string {
  const trees = snapshots.flatMap((snapshot) =>
    heapTrees(snapshot).map((tree) => (snapshots.length > 1 ? labelTree(tree, `${snapshot.pid} ${tree.vm}`) : tree)),
  )
  const title = `Lua heap of ${workersText(snapshots)}`
  return page(
    title,
    [
      section('By reference path', graphPlace()),
      section('In words', snapshots.map((snapshot) => pre(heapText(snapshot))).join('')),
      ...snapshots.map(memorySection),
    ],
    { trees, labels: ['Before', 'Now'] },
  )
}

/** Where the memory of some workers is, as one self-contained page. */
export function memoryHtml(snapshots: readonly Snapshot[]): string {
  return page(`Memory of ${workersText(snapshots)}`, snapshots.map(memorySection))
}

/** What changed between two snapshots, as one self-contained page. */
export function differenceHtml(before: Snapshot, after: Snapshot): string {
  return page(
    `Worker ${before.pid} -> worker ${after.pid}`,
    [
      section('By reference path', graphPlace()),
      section('What changed', pre(differenceText(before, after, { top: 100 }))),
    ],
    { trees: differenceTrees(before, after) },
  )
}

function page(
  title: string,
  sections: readonly string[],
  graph?: { readonly trees: readonly PathTree[]; readonly labels?: readonly [string, string] },
): string {
  const body = `<header><h1>${text(title)}</h1></header>\n${sections.join('')}`
  return htmlPage({ title, body, ...(graph && { graph }) })
}

function labelTree(tree: PathTree, vm: string): PathTree {
  return { ...tree, vm }
}

function workersText(snapshots: readonly Snapshot[]): string {
  return `${snapshots.length === 1 ? 'worker' : 'workers'} ${snapshots.map(({ pid }) => pid).join(', ')}`
}

function memorySection(snapshot: Snapshot): string {
  const { pid, process } = snapshot
  const { rss, rows = [] } = process
  const cells = [...rows]
    .sort((one, other) => other.bytes - one.bytes)
    .map((row) => [
      text(row.category),
      text(`${row.vm ? `${row.vm}: ` : ''}${row.name}`),
      size(row.bytes),
      percent(Math.max(0, row.bytes) / Math.max(1, rss)),
      meter(row, rss),
      text(row.how),
    ])
  const words = [...memoryConclusion(process), ...mallocConclusion(snapshot), ...coreLacks(snapshot)]
  const sentences = words.map((sentence) => `<p>${text(sentence)}</p>`)
  const head = ['', 'what', snapshot.core ? 'in the core' : 'resident', 'share', '', 'how it was determined']
  return section(
    `Memory of worker ${pid}${ofWhat(snapshot)}: ${size(rss)}`,
    `${table(head, cells, [2, 3])}${mallocTable(snapshot)}${sentences.join('')}`,
  )
}

/** Cells are escaped for a terminal already; only the markup is left to do. */
function mallocTable(snapshot: Snapshot): string {
  const rows = mallocCells(snapshot, MALLOC_SHOWN)
  return rows === undefined || rows.length === 0
    ? ''
    : table(
        MALLOC_HEAD,
        rows.map((row) => row.map(text)),
        [0, 1, 2],
      )
}

const MALLOC_SHOWN = 100

function meter({ bytes }: MemoryRow, rss: number): string {
  return `<meter min="0" max="${rss}" value="${Math.max(0, bytes)}"></meter>`
}

function pre(content: string): string {
  return `<pre>${content.split('\n').map(text).join('\n')}</pre>`
}
