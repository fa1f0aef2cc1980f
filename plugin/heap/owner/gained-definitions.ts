import type { TypeName } from '../../types/snapshot.js'
import type { Span } from '../../verdict/timeline.js'
import { holds, type PathNode } from '../node.js'
import type { HeapSeries } from '../series.js'
import { addDefinitions, type Definitions } from '../source/definitions.js'
import { compareSources, type Source } from '../source/source.js'

/** Places that a growth tells. */
const MOST_TOLD = 8

/** What has a definition. */
export const DEFINED: readonly TypeName[] = ['function', 'thread', 'proto']

/**
 * Where the objects that these paths gained are defined, those with the most first.
 * @param type only of paths that hold no other type with a definition: the walker counts them together
 */
export function gainedDefinitions(
  nodes: readonly PathNode[],
  series: HeapSeries,
  { from, to }: Span,
  type: TypeName,
): [source: Source, objects: number][] {
  const gained: Definitions = new Map()
  for (const node of nodes) {
    if (DEFINED.some((other) => (other === type) !== holds(node, other))) continue
    for (const [moment, sign] of [[from, -1] as const, [to, 1] as const]) {
      for (const { definitions } of series.holdings(node, moment)) {
        if (definitions) addDefinitions(gained, definitions, sign)
      }
    }
  }
  return [...gained]
    .filter(([, objects]) => objects > 0)
    .sort(([source, one], [otherSource, other]) => other - one || compareSources(source, otherSource))
    .slice(0, MOST_TOLD)
}

/** All places that the objects at a path were ever defined at. */
export function definitionsAt(node: PathNode): ReadonlySet<Source> {
  return new Set(node.columns.flatMap((holding) => [...(holding?.definitions?.keys() ?? [])]))
}
