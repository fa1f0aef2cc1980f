import { percent, size } from '../../base/number.js'
import { differenceTrees, heapTrees } from '../../heap/tree/snapshot-tree.js'
import type { PathTree } from '../../types/path-tree.js'
import type { MemoryRow, Snapshot } from '../../types/snapshot.js'
import { section, table, text } from '../html/markup.js'
import { graphPlace, htmlPage, type Page } from '../html/page.js'
import { ofWhat } from '../words/core-words.js'
import { differenceConclusion, differenceText } from './difference-text.js'
import { heapConclusion, heapText } from './heap-text.js'
import { HEAD as MALLOC_HEAD, mallocCells } from './malloc-text.js'
import { memoryConclusion } from './memory-text.js'
import { vmPaths } from './vm-paths.js'

/** The heaps of some workers as one self-contained page. */
export function heapHtml(snapshots: readonly Snapshot[]): string {
  const trees = snapshots.flatMap((snapshot) =>
    heapTrees(snapshot).map((tree) => (snapshots.length > 1 ? labelTree(tree, `${snapshot.pid} ${tree.vm}`) : tree)),
  )
  const title = `Lua heap of ${workersText(snapshots)}`
  return page(
    { title, lead: snapshots.map((one) => named(heapWords(one), one, snapshots)) },
    [
      section('By reference path', graphPlace({ hasDifference: false })),
      section('In words', snapshots.map((snapshot) => pre(heapText(snapshot))).join('')),
      ...snapshots.map((one) =>
        section(memoryTitle(one), `<p>${text(memoryConclusion(one).join(' '))}</p>\n${memoryTables(one)}`),
      ),
    ],
    { trees, labels: ['Now'] },
  )
}

/** Where the memory of some workers is, as one self-contained page. */
export function memoryHtml(snapshots: readonly Snapshot[]): string {
  const [first, ...others] = snapshots
  const title = first && others.length === 0 ? memoryTitle(first) : `Memory of ${workersText(snapshots)}`
  return page(
    { title, lead: snapshots.map((one) => named(memoryConclusion(one), one, snapshots)) },
    snapshots.map((one) => section(others.length === 0 ? 'By what it is for' : memoryTitle(one), memoryTables(one))),
  )
}

/** What changed between two snapshots, as one self-contained page. */
export function differenceHtml(before: Snapshot, after: Snapshot): string {
  const isSame = before.pid === after.pid
  const title = isSame ? `What changed in worker ${after.pid}` : `Worker ${before.pid} -> worker ${after.pid}`
  return page(
    { title, lead: [differenceConclusion(before, after).join(' ')] },
    [
      section('By reference path', graphPlace()),
      section('What changed', pre(differenceText(before, after, { top: 100 }))),
    ],
    { trees: differenceTrees(before, after) },
  )
}

/** @param head title, and what the page comes to, a paragraph for each worker */
function page(
  { title, lead }: { readonly title: string; readonly lead: readonly string[] },
  sections: readonly string[],
  graph?: Page['graph'],
): string {
  const body = `<header><h1>${text(title)}</h1>${lead.map((words) => `\n<p>${text(words)}</p>`).join('')}</header>\n${sections.join('')}`
  return htmlPage({ title, body, ...(graph && { graph }) })
}

function labelTree(tree: PathTree, vm: string): PathTree {
  return { ...tree, vm }
}

function workersText(snapshots: readonly Snapshot[]): string {
  return `${snapshots.length === 1 ? 'worker' : 'workers'} ${snapshots.map(({ pid }) => pid).join(', ')}`
}

/** Of several workers each says which it is. */
function named(words: readonly string[], { pid }: Snapshot, all: readonly Snapshot[]): string {
  return `${all.length > 1 ? `Worker ${pid}: ` : ''}${words.join(' ')}`
}

function heapWords(snapshot: Snapshot): string[] {
  return vmPaths(snapshot).flatMap((paths) => heapConclusion(snapshot, paths))
}

function memoryTitle(snapshot: Snapshot): string {
  return `Memory of worker ${snapshot.pid}${ofWhat(snapshot)}: ${size(snapshot.process.rss)}`
}

function memoryTables(snapshot: Snapshot): string {
  const { rss, rows = [] } = snapshot.process
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
  const head = ['', 'what', snapshot.core ? 'in the core' : 'resident', 'share', '', 'how it was determined']
  return `${table(head, cells, [2, 3])}${mallocTable(snapshot)}`
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
