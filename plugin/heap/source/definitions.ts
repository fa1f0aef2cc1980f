import type { HeapNode } from '../../types/snapshot.js'
import type { Source } from './source.js'

/** Functions, threads and prototypes by where they are defined. */
export type Definitions = Map<Source, number>

/** What the walker said of a path; those that it took together are of no known place. */
export function definitionsOf(def: NonNullable<HeapNode['def']>, sourceAt: (index: number) => Source | undefined) {
  const definitions: Definitions = new Map()
  for (const [index, objects] of def) {
    const source = sourceAt(index)
    if (source) addTo(definitions, source, objects)
  }
  return definitions
}

export function addDefinitions(into: Definitions, more: Definitions, sign: 1 | -1 = 1): void {
  for (const [source, objects] of more) addTo(into, source, sign * objects)
}

function addTo(definitions: Definitions, source: Source, objects: number): void {
  definitions.set(source, (definitions.get(source) ?? 0) + objects)
}
