import { percent, size } from '../../base/number.js'
import { differenceTrees } from '../../heap/tree/snapshot-tree.js'
import type { MemoryRow, Snapshot } from '../../types/snapshot.js'
import { section, table, text } from '../html/markup.js'
import { graphPlace } from '../html/page.js'
import { ofWhat } from '../words/core-words.js'
import { differenceConclusion, differenceText } from './difference-text.js'
import { heapConclusion, heapText } from './heap-text.js'
import { graphTrees, livePage, named, workersText } from './live-page.js'
import { HEAD as MALLOC_HEAD, mallocCells } from './malloc-text.js'
import { memoryConclusion } from './memory-text.js'
import { vmPaths } from './vm-paths.js'

/** The heaps of some workers as one self-contained page. */
export function heapHtml(snapshots: readonly Snapshot[]): string {
  const title = `Lua heap of ${workersText(snapshots)}`
  return livePage(
    { title, lead: snapshots.map((one) => named(heapWords(one), one, snapshots)) },
    [
      section('By reference path', graphPlace({ hasDifference: false })),
      section('In words', snapshots.map((snapshot) => pre(heapText(snapshot))).join('')),
      ...snapshots.map((one) =>
        section(memoryTitle(one), `<p>${text(memoryConclusion(one).join(' '))}</p>\n${memoryTables(one)}`),
      ),
    ],
    { trees: graphTrees(snapshots), labels: ['Now'] },
  )
}

/** Where the memory of some workers is, as one self-contained page. */
export function memoryHtml(snapshots: readonly Snapshot[]): string {
  const [first, ...others] = snapshots
  const title = first && others.length === 0 ? memoryTitle(first) : `Memory of ${workersText(snapshots)}`
  return livePage(
    { title, lead: snapshots.map((one) => named(memoryConclusion(one), one, snapshots)) },
    snapshots.map((one) => section(others.length === 0 ? 'By what it is for' : memoryTitle(one), memoryTables(one))),
  )
}

/** What changed between two snapshots, as one self-contained page. */
export function differenceHtml(before: Snapshot, after: Snapshot): string {
  const isSame = before.pid === after.pid
  const title = isSame ? `What changed in worker ${after.pid}` : `Worker ${before.pid} -> worker ${after.pid}`
  return livePage(
    { title, lead: [differenceConclusion(before, after).join(' ')] },
    [
      section('By reference path', graphPlace()),
      section('What changed', pre(differenceText(before, after, { top: 100 }))),
    ],
    { trees: differenceTrees(before, after) },
  )
}

function heapWords(snapshot: Snapshot): string[] {
  return vmPaths(snapshot).flatMap((paths) => heapConclusion(snapshot, paths))
}

export function memoryTitle(snapshot: Snapshot): string {
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
export function mallocTable(snapshot: Snapshot): string {
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
