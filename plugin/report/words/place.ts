import { plural } from '../../base/number.js'
import { placeWords } from '../../heap/owner/place-words.js'
import type { DefinitionGrowth, Growth } from '../../types/growth.js'

/**
 * Where the code is that owns a growth, in the shortest form that is unique in its report: `handler.lua:3`,
 * `beta/handler.lua:3`. Null where nothing is known.
 */
export function ownerPlace({
  source,
  file,
  line,
  shortFile,
  moduleFile,
}: Pick<Growth, 'source' | 'file' | 'line' | 'shortFile' | 'moduleFile'>): string | null {
  if (source === null) return shortFile ?? moduleFile ?? null
  return placeWords({ source, file: file ?? null, line: line ?? null, ...(shortFile !== undefined && { shortFile }) })
}

/** `from feature.lua:6`, of the place with the most objects, and how many others there are. */
export function definedWords([first, ...others]: readonly DefinitionGrowth[]): string | undefined {
  if (!first) return undefined
  const rest = others.length === 0 ? '' : ` and ${plural(others.length, 'other place')}`
  return `from ${placeWords(first)}${rest}`
}
