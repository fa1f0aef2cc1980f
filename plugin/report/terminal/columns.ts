/**
 * Lines whose cells start at the same column. A column without content takes no room, and no line ends in blanks.
 * @param gaps blanks after each column; the last one serves all further columns
 */
export function columns(rows: readonly (readonly string[])[], gaps: readonly number[]): string[] {
  const widths: number[] = []
  for (const row of rows) {
    row.forEach((cell, index) => {
      widths[index] = Math.max(widths[index] ?? 0, cell.length)
    })
  }
  return rows.map((row) =>
    row
      .map((cell, index) => (widths[index] ? cell.padEnd(widths[index] + (gaps[index] ?? gaps.at(-1) ?? 2)) : ''))
      .join('')
      .trimEnd(),
  )
}
