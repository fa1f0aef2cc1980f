import type { CdataGrowth } from '../../types/growth.js'
import type { HeapNode } from '../../types/snapshot.js'
import { shortSource } from './short-source.js'

/** Objects by C type and finalizer; the keys are for the functions of this file. */
export type CdataKinds = Map<string, number>

/** Kinds of cdata that a growth tells. */
const MOST_TOLD = 8

/** What the walker said of a path's cdata. */
export function cdataKinds(kinds: NonNullable<HeapNode['ct']>): CdataKinds {
  const objects: CdataKinds = new Map()
  for (const [name, finalizer, count] of kinds) addTo(objects, JSON.stringify([name, shortSource(finalizer)]), count)
  return objects
}

export function addKinds(into: CdataKinds, more: CdataKinds, sign: 1 | -1 = 1): void {
  for (const [key, objects] of more) addTo(into, key, sign * objects)
}

/** The kinds that gained objects, those with the most first; no more than are told of a growth. */
export function gainedKinds(gained: CdataKinds): CdataGrowth[] {
  return allKinds(gained).slice(0, MOST_TOLD)
}

/** All kinds that have objects, those with the most first. */
export function allKinds(kinds: CdataKinds): CdataGrowth[] {
  return [...kinds]
    .filter(([, objects]) => objects > 0)
    .sort(([oneKey, one], [otherKey, other]) => other - one || (oneKey < otherKey ? -1 : 1))
    .map(([key, objects]) => {
      const [name, finalizer] = JSON.parse(key) as [string, string | null]
      return { name, finalizer, objects }
    })
}

/** `struct foo, freed by C function free`, of the kind with the most objects, and how many others there are. */
export function kindWords([first, ...others]: readonly CdataGrowth[]): string | undefined {
  if (!first) return undefined
  const { name, finalizer } = first
  const freed = finalizer === null ? '' : `, freed by ${finalizer}`
  const rest = others.length === 0 ? '' : `, and ${others.length} more C ${others.length === 1 ? 'type' : 'types'}`
  return `${name}${freed}${rest}`
}

function addTo(kinds: CdataKinds, key: string, objects: number): void {
  kinds.set(key, (kinds.get(key) ?? 0) + objects)
}
