import { heapTrees } from '../../heap/tree/snapshot-tree.js'
import type { PathTree } from '../../types/path-tree.js'
import type { Snapshot } from '../../types/snapshot.js'
import { text } from '../html/markup.js'
import { htmlPage, type Page } from '../html/page.js'

/** A page of live workers begins with its title and what it comes to, a paragraph for each of them. */
export function livePage(
  { title, lead }: { readonly title: string; readonly lead: readonly string[] },
  sections: readonly string[],
  graph?: Page['graph'],
): string {
  const words = lead.map((paragraph) => `\n<p>${text(paragraph)}</p>`).join('')
  const body = `<header><h1>${text(title)}</h1>${words}</header>\n${sections.join('')}`
  return htmlPage({ title, body, ...(graph && { graph }) })
}

/** The heaps of some workers for one graph. */
export function graphTrees(snapshots: readonly Snapshot[]): PathTree[] {
  return snapshots.flatMap((snapshot) =>
    heapTrees(snapshot).map((tree) => ({ ...tree, vm: graphLabel(tree.vm, snapshot, snapshots) })),
  )
}

/** What a VM is called there: of several workers each says which it is. */
export function graphLabel(vm: string, { pid }: Snapshot, all: readonly Snapshot[]): string {
  return all.length > 1 ? `${pid} ${vm}` : vm
}

/** `worker 7`, `workers 7, 8`. */
export function workersText(snapshots: readonly Snapshot[]): string {
  return `${snapshots.length === 1 ? 'worker' : 'workers'} ${snapshots.map(({ pid }) => pid).join(', ')}`
}

/** A paragraph of one worker. */
export function named(words: readonly string[], { pid }: Snapshot, all: readonly Snapshot[]): string {
  return `${all.length > 1 ? `Worker ${pid}: ` : ''}${words.join(' ')}`
}
