import { size } from '../../base/number.js'
import { differenceTrees } from '../../heap/tree/snapshot-tree.js'
import type { Snapshot } from '../../types/snapshot.js'
import { section, text } from '../html/markup.js'
import { graphPlace } from '../html/page.js'
import { ofWhat } from '../words/core-words.js'
import { differenceConclusion, differenceText } from './difference-text.js'
import { heapConclusion, heapText } from './heap-text.js'
import { graphTrees, livePage, named, workersText } from './live-page.js'
import { mallocTable, memoryTable } from './memory-html.js'
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

/** What the memory is for, and of malloc who holds it. */
function memoryTables(snapshot: Snapshot): string {
  const malloc = mallocTable(snapshot)
  return `${memoryTable(snapshot)}${malloc === '' ? '' : `<h3>malloc by who holds it</h3>\n${malloc}`}`
}

function pre(content: string): string {
  return `<pre>${content.split('\n').map(text).join('\n')}</pre>`
}
