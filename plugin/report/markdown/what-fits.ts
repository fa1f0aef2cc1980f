import { plural, size } from '../../base/number.js'

/** GitHub refuses longer comments; a bit is left for what a workflow adds. Bytes. */
export const MARKDOWN_LIMIT = 64_000

/** Whole pieces as far as they fit, so that no table or folded part is cut in the middle. */
export function joinWhatFits(pieces: readonly string[]): string {
  const closing = (left: number) =>
    `\n_${plural(left, 'part')} left out to stay below ${size(MARKDOWN_LIMIT)}: see the HTML or JSON report._\n`
  const room = MARKDOWN_LIMIT - bytesOf(closing(pieces.length))
  let text = ''
  let used = 0
  let left = 0
  for (const piece of pieces) {
    const bytes = bytesOf(piece)
    if (used + bytes > room) {
      left++
      continue
    }
    text += piece
    used += bytes
  }
  return left === 0 ? text : text + closing(left)
}

function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length
}
