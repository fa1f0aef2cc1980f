import { readFileSync } from 'node:fs'
import { basename, dirname, isAbsolute, join } from 'node:path'
import { pathHere } from '../base/container-path.js'
import type { AddedAt, Located } from '../types/added.js'
import { statementLine } from './statement.js'

/** Lines shown on either side. */
const AROUND = 1

/** The growth with the source lines of its places, from the user's files as they are now; each place is where its statement begins. */
export function withExcerpt<Told extends Located>(
  told: Told,
  prefix: string | undefined,
  conf: string | undefined,
): Told {
  if (told.addedAt === undefined) return told
  return { ...told, addedAt: told.addedAt.map((place) => withLines(place, prefix, conf)) }
}

function withLines(place: AddedAt, prefix: string | undefined, conf: string | undefined): AddedAt {
  const { file, line: stored, source } = place
  if (file === null || stored === null) return place
  const [found] = pathsOf(file, prefix, conf)
    .map((path) => ({ path, lines: linesOf(path) }))
    .filter(({ lines }) => stored <= lines.length)
  if (!found) return place
  const { path, lines } = found
  const line = beginning(lines, stored)
  const from = Math.max(1, line - AROUND)
  return {
    ...place,
    source: source.replace(/\d+$/, String(line)),
    file: isAbsolute(file) ? file : path,
    line,
    excerpt: { from, lines: lines.slice(from - 1, line + AROUND) },
  }
}

/** Of Lua in a conf its block is a chunk of its own. */
function beginning(lines: readonly string[], line: number): number {
  const block = lines.slice(0, line).findLastIndex((text) => /_by_lua_block\s*\{/.test(text))
  if (block < 0) return statementLine(lines, line)
  const chunk = [lines[block]!.replace(/^.*?_by_lua_block\s*\{/, ''), ...lines.slice(block + 1)]
  return block + statementLine(chunk, line - block)
}

/** A conf's chunks tell its bare name only; any other path that is not absolute is one from the prefix. */
function pathsOf(file: string, prefix: string | undefined, conf: string | undefined): string[] {
  if (isAbsolute(file)) return [pathHere(file) ?? file]
  return [
    ...(conf !== undefined ? [basename(conf) === file ? conf : join(dirname(conf), file)] : []),
    ...(prefix !== undefined ? [pathHere(join(prefix, file)) ?? join(prefix, file)] : []),
  ]
}

/** None of a file that cannot be read: one of the image, or one that is gone; its place is then named without them. */
function linesOf(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n')
  } catch {
    return []
  }
}
