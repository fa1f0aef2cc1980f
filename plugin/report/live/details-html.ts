import type { Snapshot } from '../../types/snapshot.js'
import { table, text } from '../html/markup.js'
import { type Detail, details } from './details.js'

/**
 * What is free in the allocators, and what strings, cdata, tables and code are: a line each, which opens into its figures.
 * Works without JavaScript.
 */
export function detailsHtml(snapshot: Snapshot): string {
  return details(snapshot).map(detailHtml).join('')
}

function detailHtml({ about, says, table: figures, matters }: Detail): string {
  const line = `<b>${text(about)}</b> ${text(says)}`
  if (!figures) return `<p>${line}</p>\n`
  const rows = figures.rows.map((row) => row.map(text))
  return `<details${matters ? ' open' : ''}><summary>${line}</summary>\n${table(figures.head.map(text), rows, figures.numbers)}</details>\n`
}
