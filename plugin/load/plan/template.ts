import { randomUUID } from 'node:crypto'
import { LoadError } from '../error.js'
import { PLACEHOLDER } from './placeholder.js'

/** What the placeholders of one request are filled from. */
export interface TemplateValues {
  /** Number of the request: 0, 1, 2, ... in the order of sending. */
  readonly n: number
  /** The next number from 0 (included) to 1 (excluded). */
  random(): number
}

/**
 * Compiles `{n}`, `{uuid}` and `{random:1-1000}` (both ends included) in a text; null where it holds none. Other braces
 * are left alone: paths and JSON bodies are full of them. Throws a LoadError `LOAD_BAD_REQUEST` for a descending range.
 */
export function compileTemplate(text: string): ((values: TemplateValues) => string) | null {
  const parts: (string | ((values: TemplateValues) => string))[] = []
  let end = 0
  for (const match of text.matchAll(PLACEHOLDER)) {
    parts.push(text.slice(end, match.index), filler(match))
    end = match.index + match[0].length
  }
  if (parts.length === 0) return null
  parts.push(text.slice(end))
  return (values) => parts.map((part) => (typeof part === 'string' ? part : part(values))).join('')
}

function filler([placeholder, from, to]: RegExpExecArray): (values: TemplateValues) => string {
  if (placeholder === '{n}') return ({ n }) => String(n)
  if (placeholder === '{uuid}') return () => randomUUID()
  const low = Number(from)
  const high = Number(to)
  if (low > high) {
    throw new LoadError(
      'LOAD_BAD_REQUEST',
      `${placeholder} descends: write the smaller number first, {random:${to}-${from}}`,
    )
  }
  return ({ random }) => String(low + Math.floor(random() * (high - low + 1)))
}

/** A repeatable sequence of numbers from 0 to 1 (mulberry32): two runs from one seed send the same requests. */
export function randomFrom(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
