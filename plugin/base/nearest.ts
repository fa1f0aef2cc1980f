/**
 * The legal name that was probably meant: the one with the fewest edits, if they are few for its length and leave something of it.
 * @returns undefined where nothing is near enough to be a typing error
 */
export function nearest(name: string, legal: readonly string[]): string | undefined {
  let best: string | undefined
  let fewest = Math.min(Math.max(2, Math.floor(name.length / 3)) + 1, name.length)
  for (const candidate of legal) {
    const edits = editDistance(name.toLowerCase(), candidate.toLowerCase())
    if (edits < fewest) {
      fewest = edits
      best = candidate
    }
  }
  return best
}

/** Levenshtein's distance, one row at a time. */
export function editDistance(from: string, to: string): number {
  let previous = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (let i = 1; i <= from.length; i++) {
    const row = [i]
    for (let j = 1; j <= to.length; j++) {
      const replaced = previous[j - 1]! + (from[i - 1] === to[j - 1] ? 0 : 1)
      row.push(Math.min(replaced, previous[j]! + 1, row[j - 1]! + 1))
    }
    previous = row
  }
  return previous[to.length]!
}
