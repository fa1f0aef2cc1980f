import type { HeapNode } from '../types/snapshot.js'

/** What each line begins with. */
export const PARENT = '{"p":'
/** What follows the parent's index. */
const STEP = ',"s":'
const [ZERO, NINE, QUOTE, BACKSLASH] = [48, 57, 34, 92]
/** So many digits are an index without a doubt. */
const MOST_DIGITS = 9

/**
 * Parses the nodes of one VM, each from its line. Most of them say the same as another one but for their parent and step (of 58,000 in a
 * worker of Kong five in six do): those have its very parts, and are not parsed.
 */
export class LineParser {
  /** The first node of those that say the same, by the text behind the step. */
  readonly #alike = new Map<string, HeapNode>()
  /** By the text, quoted and escaped. */
  readonly #steps = new Map<string, string>()

  /**
   * @param from where the line begins
   * @param to behind its last brace
   * @throws SyntaxError where that is no JSON
   */
  parse(text: string, from: number, to: number): HeapNode {
    const behindParent = restOf(text, from)
    const p = indexIn(text, from + PARENT.length, behindParent)
    const quote = behindParent + STEP.length
    const isPlain = p !== undefined && text.startsWith(STEP, behindParent) && text.charCodeAt(quote) === QUOTE
    const end = isPlain ? endOfString(text, quote) : to
    if (!isPlain || end >= to) return JSON.parse(text.slice(from, to))
    const s = this.#step(text.slice(quote, end))
    const rest = text.slice(end, to)
    const known = this.#alike.get(rest)
    if (known) return renamed(known, p, s)
    const node: HeapNode = JSON.parse(text.slice(from, to))
    // not where the rest says another parent or step
    if (node.p === p && node.s === s) this.#alike.set(rest, node)
    return node
  }

  #step(quoted: string): string {
    const known = this.#steps.get(quoted)
    if (known !== undefined) return known
    const step: string = JSON.parse(quoted)
    this.#steps.set(quoted, step)
    return step
  }
}

/** A node that says the same elsewhere. Copied first and changed then, since that takes a third of the time that a literal with both takes. */
function renamed(node: HeapNode, p: number, s: string): HeapNode {
  const copy: { -readonly [Key in keyof HeapNode]: HeapNode[Key] } = { ...node }
  copy.p = p
  copy.s = s
  return copy
}

/** Behind the quote that ends the string which begins at `quote`; behind the text where none does. */
function endOfString(text: string, quote: number): number {
  let end = text.indexOf('"', quote + 1)
  while (end >= 0 && isEscaped(text, end)) end = text.indexOf('"', end + 1)
  return end < 0 ? text.length + 1 : end + 1
}

function isEscaped(text: string, at: number): boolean {
  let backslashes = 0
  while (text.charCodeAt(at - backslashes - 1) === BACKSLASH) backslashes++
  return backslashes % 2 === 1
}

/** Where the parent's index ends, of the line that begins at `start`. */
export function restOf(text: string, start: number): number {
  let at = start + PARENT.length
  for (let code = text.charCodeAt(at); code >= ZERO && code <= NINE; ) code = text.charCodeAt(++at)
  return at
}

/** The number that these digits are; undefined where JSON does not write one so, or it is large. */
function indexIn(text: string, from: number, to: number): number | undefined {
  const digits = to - from
  if (digits === 0 || digits > MOST_DIGITS || (digits > 1 && text.charCodeAt(from) === ZERO)) return undefined
  let index = 0
  for (let at = from; at < to; at++) index = index * 10 + text.charCodeAt(at) - ZERO
  return index
}
