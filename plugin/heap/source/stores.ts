import type { HeapNode, StoreLine } from '../../types/snapshot.js'
import type { Source } from './source.js'

/** A line whose code stores, and its function. */
export interface Store {
  readonly source: Source
  readonly function: string | null
}

/** Lines whose code stores into what is at a path, as the bytecode says; a line is there once. */
export interface Stores {
  /** Those that add entries to the tables here. */
  readonly add: ReadonlyMap<string, Store>
  /** Those that put another value in the place of what is here. */
  readonly set: ReadonlyMap<string, Store>
}

/** What one snapshot says of a path, and what is known already; undefined where nothing is. */
export function addStores(
  known: Stores | undefined,
  { add = [], set = [] }: Pick<HeapNode, 'add' | 'set'>,
  sources: readonly Source[],
): Stores | undefined {
  if (add.length === 0 && set.length === 0) return known
  return mergeStores(known, { add: byLine(add, sources), set: byLine(set, sources) })
}

/** Those of two paths that are taken together. */
export function mergeStores(one: Stores | undefined, other: Stores | undefined): Stores | undefined {
  if (!one || !other) return one ?? other
  return { add: new Map([...other.add, ...one.add]), set: new Map([...other.set, ...one.set]) }
}

function byLine(lines: readonly StoreLine[], sources: readonly Source[]): Map<string, Store> {
  return new Map(
    lines.flatMap(([index, name]) => {
      const source = sources[index]
      return source ? [[`${source.file ?? ''} ${source.short}`, { source, function: name }] as const] : []
    }),
  )
}
