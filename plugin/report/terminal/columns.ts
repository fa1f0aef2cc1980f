import { visibleWidth, wrapLine } from './wrap.js'

/** How far cells are set in that go on in a line of their own. */
const FOLDED = '    '

/**
 * Lines whose cells start at the same column. A column without content takes no room, and no line ends in blanks.
 * @param gaps blanks after each column; the last one serves all further columns
 */
export function columns(rows: readonly (readonly string[])[], gaps: readonly number[]): string[] {
  return table(rows, gaps, Number.POSITIVE_INFINITY).flat()
}

/**
 * The same for a place of limited width, the lines of each row by themselves: what does not fit beside the first columns
 * goes on below them, aligned among itself.
 * @param width columns of the terminal that the lines may take
 */
export function table(rows: readonly (readonly string[])[], gaps: readonly number[], width: number): string[][] {
  const widths = columnWidths(rows)
  const gapAt = (index: number) => gaps[index] ?? gaps.at(-1) ?? 2
  const span = (from: number, to: number) =>
    widths.slice(from, to).reduce((sum, each, index) => sum + (each > 0 ? each + gapAt(from + index) : 0), 0)
  const line = (row: readonly string[], from: number, to: number) =>
    row
      .slice(from, to)
      .map((cell, index) => (widths[from + index] ? padded(cell, widths[from + index]! + gapAt(from + index)) : ''))
      .join('')
      .trimEnd()
  const fold = foldAt(widths.length, width, span)
  return rows.map((row) => {
    const whole = line(row, 0, row.length)
    if (visibleWidth(whole) <= width) return [whole]
    const rest = line(row, fold, row.length)
    const lines = [line(row, 0, fold), ...(rest.trim() === '' ? [] : [`${FOLDED}${rest}`])]
    return lines.flatMap((each) => wrapLine(each, width))
  })
}

/** The number of columns of the first line: as many as leave room for the others on the second, else as many as fit. */
function foldAt(count: number, width: number, span: (from: number, to: number) => number): number {
  const heads = Array.from({ length: count - 1 }, (_, index) => count - 1 - index)
  const fitting = heads.filter((fold) => span(0, fold) <= width)
  return fitting.find((fold) => span(fold, count) <= width - FOLDED.length) ?? fitting[0] ?? 1
}

function columnWidths(rows: readonly (readonly string[])[]): number[] {
  const widths: number[] = []
  for (const row of rows) {
    row.forEach((cell, index) => {
      widths[index] = Math.max(widths[index] ?? 0, visibleWidth(cell))
    })
  }
  return widths
}

function padded(cell: string, width: number): string {
  return cell + ' '.repeat(Math.max(0, width - visibleWidth(cell)))
}
