import { readFileSync } from 'node:fs'
import { basename, dirname, isAbsolute, join } from 'node:path'
import type { AddedAt, Excerpt } from '../types/added.js'
import type { Growth } from '../types/growth.js'
import { pathHere } from '../runtime/container-path.js'

/** Lines shown on either side. */
const AROUND = 1

/** The growth with the source lines of its places, from the user's files as they are now, and with files told from the prefix. */
export function withExcerpt(growth: Growth, prefix: string | undefined, conf: string | undefined): Growth {
  if (growth.addedAt === undefined) return growth
  const told = growth.addedAt.map((place): AddedAt => {
    const found = place.file !== null && place.line !== null ? excerptOf(place.file, place.line, prefix, conf) : undefined
    return { ...place, ...found }
  })
  return { ...growth, addedAt: told }
}

/** A conf's chunks tell its bare name only; a path that is not absolute is one from the prefix. */
function excerptOf(
  file: string,
  line: number,
  prefix: string | undefined,
  conf: string | undefined,
): { readonly excerpt: Excerpt } | undefined {
  const places = isAbsolute(file)
    ? [pathHere(file)]
    : [
        ...(conf !== undefined ? [basename(conf) === file ? conf : join(dirname(conf), file)] : []),
        ...(prefix !== undefined ? [pathHere(join(prefix, file))] : []),
      ]
  for (const path of places) {
    const lines = path === null ? undefined : linesOf(path)
    if (lines === undefined || line > lines.length) continue
    const from = Math.max(1, line - AROUND)
    return { excerpt: { from, lines: lines.slice(from - 1, line + AROUND) } }
  }
  return undefined
}

function linesOf(path: string): string[] | undefined {
  try {
    return readFileSync(path, 'utf8').split('\n')
  } catch {
    // A file of the image, or one that is gone: the place is told without it.
    return undefined
  }
}
