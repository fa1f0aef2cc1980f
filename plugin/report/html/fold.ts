import { text } from './markup.js'

/** Rows below this share of their whole are taken together: nobody looks for them, and among them nothing else is found. */
const SMALL = 0.001

/** Rows that are shown one by one, and those that are taken together: not one alone, which is no shorter so, and not all there are. */
export function foldSmall<T>(
  rows: readonly T[],
  shareOf: (row: T) => number,
): { readonly shown: readonly T[]; readonly small: readonly T[] } {
  const isSmall = (row: T) => Math.abs(shareOf(row)) < SMALL
  const small = rows.filter(isSmall)
  return small.length < 2 || small.length === rows.length
    ? { shown: rows, small: [] }
    : { shown: rows.filter((row) => !isSmall(row)), small }
}

/** What stands for small rows: `12 zones below 0.1 %`. */
export function smallName(amount: string): string {
  return `${amount} below 0.1 %`
}

/** Small rows behind their subtotal, which opens without JavaScript; nothing where there are none. */
export function smallRows(subtotal: string, content: string): string {
  return content === '' ? '' : `<details class="small"><summary>${text(subtotal)}</summary>\n${content}</details>\n`
}
