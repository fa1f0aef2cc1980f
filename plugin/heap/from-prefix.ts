import type { Growth, TypeGrowth } from '../types/growth.js'

/** A growth whose files are told from nginx's prefix, as the conf writes them; those outside of it stay absolute. */
export function fromPrefix(growth: Growth, prefix: string | undefined): Growth {
  if (prefix === undefined) return growth
  const folder = `${prefix.replace(/\/+$/, '')}/`
  const relative = <Told extends { readonly file?: string | null }>(told: Told): Told =>
    told.file?.startsWith(folder) ? { ...told, file: told.file.slice(folder.length) } : told
  const ofType = (type: TypeGrowth): TypeGrowth =>
    type.definedAt ? { ...type, definedAt: type.definedAt.map(relative) } : type
  const types = Object.fromEntries(Object.entries(growth.types).map(([name, type]) => [name, ofType(type)]))
  const { addedAt } = growth
  return relative({ ...growth, types, ...(addedAt && { addedAt: addedAt.map(relative) }) })
}
