import { heapTrees } from '../../heap/tree/heap-trees.js'
import type { Comparison } from '../../types/compare/comparison.js'
import { section, table, text } from '../html/markup.js'
import { graphPlace, htmlPage } from '../html/page.js'
import { compareHeadline, sideName } from './compare-headline.js'
import { nextSteps } from './compare-next.js'
import { type CompareRow, compareRows } from './compare-rows.js'
import { compareTone, remarks } from './compare-text.js'

/** A comparison as one self-contained page: what changed, the graph of both warm heaps and their difference, what did not change. */
export function compareHtml(comparison: Comparison): string {
  const { base, head, measured } = comparison
  const rows = measured ? compareRows(comparison) : []
  const trees = measured && base.memory && head.memory ? heapTrees(base.memory.heap, head.memory.heap) : []
  const sides = [`base ${sideName(base)}`, `head ${sideName(head)}`] as const
  const tone = compareTone(comparison)
  const next = nextSteps(comparison).join(' ')
  const notes = remarks(comparison).map((remark) => `<li>${text(remark)}</li>`)
  const tableOf = (some: readonly CompareRow[]) =>
    some.length === 0
      ? ''
      : `<div class="compare">${table(['', 'base', 'head', 'change', ''], some.map(cells), [1, 2, 3])}</div>`
  const rest = tableOf(rows.filter((row) => !row.changed))
  const title = `${sides[0]}, ${sides[1]}`
  const body = [
    `<header><p class="faint">${text(title)}</p>\n<h1 class="${tone}">${text(compareHeadline(comparison))}</h1>${next === '' ? '' : `\n<p>${sentences(next)}</p>`}</header>\n`,
    section('What changed', tableOf(rows.filter((row) => row.changed))),
    section('The warm heap by reference path', trees.length > 0 ? graphPlace() : ''),
    rest === '' ? '' : `<section><details><summary>Unchanged and undecided</summary>\n${rest}</details></section>\n`,
    section('Notes', notes.length > 0 ? `<ul>${notes.join('\n')}</ul>` : ''),
  ]
  return htmlPage({
    title,
    body: body.join(''),
    ...(trees.length > 0 && { graph: { trees, labels: ['Base', 'Head'] as const } }),
  })
}

/** Commands between backticks, as code. */
function sentences(words: string): string {
  return text(words).replace(/`([^`]+)`/g, '<code>$1</code>')
}

function cells({ what, base, head, change, call }: CompareRow): string[] {
  return [`<code>${text(what)}</code>`, ...[base, head, change, call].map(text)]
}
