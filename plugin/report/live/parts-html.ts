import { percent, plural, size } from '../../base/number.js'
import { sumBy } from '../../base/sum.js'
import type { MemoryPart } from '../../types/memory-part.js'
import { foldSmall, smallName } from '../html/fold.js'
import { text } from '../html/markup.js'

/** A part that is at least this share of what it belongs to is open from the start. */
const OPEN = 0.5

/** Memory level by level: each part with its bytes and its share of the whole opens into its own parts. Works without JavaScript. */
export function partsHtml({ parts, bytes }: MemoryPart, graphLabelOf: (vm: string) => string): string {
  return `<div class="parts">\n${rows(parts, bytes, { whole: Math.max(1, bytes), depth: 0, graphLabelOf })}</div>\n`
}

interface Context {
  readonly whole: number
  readonly depth: number
  readonly graphLabelOf: (vm: string) => string
}

function rows(parts: readonly MemoryPart[], above: number, context: Context): string {
  const { shown, small } = foldSmall(parts, ({ bytes }) => bytes / context.whole)
  return [...shown, ...together(small)].map((part) => row(part, above, context)).join('')
}

/** Small parts as one that consists of them, so that the parts still add up. */
function together(small: readonly MemoryPart[]): MemoryPart[] {
  if (small.length === 0) return []
  const bytes = sumBy(small, (part) => part.bytes)
  return [{ name: smallName(plural(small.length, 'part')), bytes, parts: small }]
}

function row(part: MemoryPart, above: number, context: Context): string {
  const { bytes, parts } = part
  const share = Math.max(0, bytes) / context.whole
  const cells = [
    nameOf(part, context),
    `<span class="n">${size(bytes)}</span>`,
    `<span class="n">${percent(share)}</span>`,
    `<span class="share"><i style="width:${(Math.min(1, share) * 100).toFixed(2)}%"></i></span>`,
  ].join('')
  const indent = `style="--depth:${context.depth}"`
  if (parts.length === 0) return `<div class="part" ${indent}>${cells}</div>\n`
  const isOpen = bytes >= OPEN * above
  const below = rows(parts, bytes, { ...context, depth: context.depth + 1 })
  return `<details${isOpen ? ' open' : ''}><summary class="part" ${indent}>${cells}</summary>\n${below}</details>\n`
}

/** A path of the heap is a button that shows it in the graph. */
function nameOf({ name, how, place }: MemoryPart, { graphLabelOf }: Context): string {
  if (!place) return `<span class="name"${how === undefined ? '' : ` title="${text(how)}"`}>${text(name)}</span>`
  const target = `data-vm="${text(graphLabelOf(place.vm))}" data-path="${text(place.path)}"`
  return `<span class="name"><button type="button" class="path" ${target} title="show in graph">${text(name)}</button></span>`
}
