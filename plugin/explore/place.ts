import { relative } from 'node:path/posix'
import type { ConfTree } from '../conf/conf-tree.js'
import type { CodePlace } from '../types/routes.js'
import type { Block } from './blocks.js'

/** Where a directive stands. */
export function placeIn(
  { prefix }: Pick<ConfTree, 'prefix'>,
  { file, directive }: Pick<Block, 'file' | 'directive'>,
): CodePlace {
  return { file: fromPrefix(prefix, file.path), line: directive.line }
}

export function fromPrefix(prefix: string, path: string): string {
  const inside = relative(prefix, path)
  return inside.startsWith('..') ? path : inside
}

/** `conf/site.conf:12`. */
export function placeText({ file, line }: CodePlace): string {
  return `${file}:${line}`
}
