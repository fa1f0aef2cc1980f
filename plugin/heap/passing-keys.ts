import type { VmSnapshot } from '../types/snapshot.js'
import { MOST_CHANGED_KEYS } from './collapse.js'
import { isStringKey } from './path.js'

/** Tables whose keys each have a meaning of their own: a module, a global. */
const NAMED = ['registry', 'globals', 'registry._LOADED'] as const
export type NamedTable = (typeof NAMED)[number]

/** By table, the string keys that came or went during a run and are told together. */
export type PassingKeys = ReadonlyMap<NamedTable, ReadonlySet<string>>

/**
 * Keys of `registry`, `_LOADED` and `globals` that are no names: where more than 16 came or went during the run, those that did.
 * @param columns snapshots of one VM, moment by moment, each with one per worker
 */
export function passingKeys(columns: readonly VmSnapshot[], workers: number): PassingKeys {
  const keys = columns.map(keysOfNamed)
  return new Map(
    NAMED.flatMap((table) => {
      const changed = new Set<string>()
      for (let worker = 0; worker < workers; worker++) {
        const seen = keys.flatMap((named, column) => (column % workers === worker ? [named.get(table)!] : []))
        for (const key of changedKeys(seen)) changed.add(key)
      }
      return changed.size > MOST_CHANGED_KEYS ? [[table, changed] as const] : []
    }),
  )
}

function changedKeys(seen: readonly ReadonlySet<string>[]): string[] {
  const [first, ...later] = seen
  if (!first) return []
  const all = new Set(later.flatMap((keys) => [...keys].filter((key) => !first.has(key))))
  for (const key of first) if (later.some((keys) => !keys.has(key))) all.add(key)
  return [...all]
}

/** String keys of each of these tables in one snapshot. */
function keysOfNamed({ nodes }: VmSnapshot): Map<NamedTable, Set<string>> {
  const keys = new Map(NAMED.map((table) => [table, new Set<string>()]))
  const tables = new Map<number, NamedTable>()
  for (const [index, { p, s }] of nodes.entries()) {
    const parent = p < 0 ? undefined : tables.get(p)
    const named = namedTable(parent, p, s)
    if (named) tables.set(index, named)
    if (parent && isStringKey(s) && !named) keys.get(parent)!.add(s)
  }
  return keys
}

/** Which of these tables a node is. */
export function namedTable(parent: NamedTable | undefined, p: number, s: string): NamedTable | undefined {
  if (p < 0) return s === 'registry' || s === 'globals' ? s : undefined
  return parent === 'registry' && s === '._LOADED' ? 'registry._LOADED' : undefined
}
