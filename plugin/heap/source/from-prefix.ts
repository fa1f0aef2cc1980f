import type { Growth, TypeGrowth } from '../../types/growth.js'

/** A growth with its files relative to nginx's prefix, as the conf writes them; those outside of it stay absolute. */
export function fromPrefix(growth: Growth, prefix: string | undefined): Growth {
  if (prefix === undefined) return growth
  const relative = <T extends Told>(told: T): T => fileFromPrefix(told, prefix)
  const ofType = (type: TypeGrowth): TypeGrowth =>
    type.definedAt ? { ...type, definedAt: type.definedAt.map(relative) } : type
  const types = Object.fromEntries(Object.entries(growth.types).map(([name, type]) => [name, ofType(type)]))
  const { addedAt, mayBeAddedAt } = growth
  return relative({
    ...growth,
    types,
    ...(addedAt && { addedAt: addedAt.map(relative) }),
    ...(mayBeAddedAt && { mayBeAddedAt: mayBeAddedAt.map(relative) }),
  })
}

/** Anything with a file, such as growth off the Lua heap. */
interface Told {
  readonly file?: string | null
}

export function fileFromPrefix<T extends Told>(told: T, prefix: string | undefined): T {
  if (prefix === undefined) return told
  const folder = `${prefix.replace(/\/+$/, '')}/`
  return told.file?.startsWith(folder) ? { ...told, file: told.file.slice(folder.length) } : told
}
