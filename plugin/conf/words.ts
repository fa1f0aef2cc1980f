import { relative } from 'node:path/posix'
import type { Span } from './conf.js'
import type { ConfTree, Located } from './conf-tree.js'

/** A word as nginx.conf takes it: quoted where it must be. */
export function quoteWord(word: string): string {
  return /^[\w./:@%+,=*-]+$/.test(word) ? word : `"${word.replace(/["\\]/g, '\\$&')}"`
}

/** The source of a span. */
export function source({ file }: Located, span: Span): string {
  return file.text.slice(span.start, span.end)
}

/** `sites/a.conf:12`, for people. */
export function placeOf(tree: ConfTree, { file, directive }: Located): string {
  const path = relative(tree.prefix, file.path)
  return `${path.startsWith('..') ? file.path : path}:${directive.line}`
}
