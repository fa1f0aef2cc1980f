/** A colour of the palette: it takes no room. */
const COLOUR_TEXT = `${String.fromCharCode(27)}\\[[\\d;]*m`
const COLOUR = new RegExp(COLOUR_TEXT, 'g')
const COLOUR_OR_CHARACTER = new RegExp(`${COLOUR_TEXT}|[\\s\\S]`, 'gu')
/** A terminal narrower than this is taken to be this wide: words of a report need some room. */
const LEAST = 40
/** How far the rest of a line that was broken is set in, beyond the line itself. */
const HANGING = 4

/** Columns that a line takes on a terminal. All characters of the reports are one wide. */
export function visibleWidth(line: string): number {
  return [...line.replace(COLOUR, '')].length
}

/**
 * A text whose lines fit a terminal: broken between words, the rest set in; a path that is longer than a line is broken behind a step.
 * @param width of the terminal; Infinity leaves all as it is
 */
export function wrapText(text: string, width: number): string {
  if (!Number.isFinite(width)) return text
  return text
    .split('\n')
    .flatMap((line) => wrapLine(line, Math.max(LEAST, width)))
    .join('\n')
}

/** One line in as many as it takes. Source frames and other lines are broken alike. */
export function wrapLine(line: string, wanted: number): string[] {
  const width = Math.max(LEAST / 2, wanted)
  if (visibleWidth(line) <= width) return [line]
  const [indent = ''] = /^ */.exec(line.replace(COLOUR, '')) ?? []
  const hanging = ' '.repeat(Math.min(indent.length + HANGING, Math.floor(width / 3)))
  const lines: string[] = []
  let rest = line
  while (visibleWidth(rest) > width) {
    const at = breakAt(rest, width, lines.length === 0 ? indent.length : hanging.length)
    lines.push(rest.slice(0, at).trimEnd())
    rest = `${hanging}${rest.slice(at).trimStart()}`
  }
  return rest.trim() === '' ? lines : [...lines, rest]
}

/** Offset behind the last character that fits: at a gap between two facts, else at a blank, else behind a step of a path, else anywhere. */
function breakAt(line: string, width: number, indent: number): number {
  let [seen, offset, blank, step, gap] = [0, 0, -1, -1, -1]
  for (const [token] of line.matchAll(COLOUR_OR_CHARACTER)) {
    const isColour = token.length > 1 && token.startsWith('\u001b')
    if (!isColour) seen++
    if (token === ' ' && seen > indent + 1 && seen <= width + 1) {
      if (line.slice(offset - 2, offset) === '  ' && seen > width / 2) gap = offset
      blank = offset
    }
    if (seen > width) break
    offset += token.length
    if (seen > indent + 1 && STEP_END.test(token)) step = offset
  }
  return [gap, blank, step].find((at) => at > 0) ?? offset
}

const STEP_END = /^[\]}./,;:=-]$/
