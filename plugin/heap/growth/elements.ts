import { sumBy } from '../../base/sum.js'
import type { Growth } from '../../types/growth.js'
import type { TypeName } from '../../types/snapshot.js'
import type { Span } from '../../verdict/timeline.js'
import type { Holding, PathNode } from '../node.js'
import type { HeapSeries } from '../series.js'

/** Types of objects that a growth counts. Traces are the compiler's. */
export const TYPES: readonly TypeName[] = [
  'string',
  'table',
  'function',
  'upvalue',
  'thread',
  'proto',
  'cdata',
  'userdata',
]

/** What the objects at one path became more by, by type; metatables among its tables are counted once more. */
export function elementsOf(node: PathNode, series: HeapSeries, { from, to }: Span): NonNullable<Growth['elements']> {
  const heldAt = (moment: number, pick: (holding: Holding) => number) => sumBy(series.holdings(node, moment), pick)
  const gainOf = (pick: (holding: Holding) => number) => heldAt(to, pick) - heldAt(from, pick)
  const gained = [
    ...TYPES.map((type) => [type, gainOf(({ objects }) => objects.get(type)?.[0] ?? 0)] as const),
    ['metatable', gainOf(({ metatables }) => metatables)] as const,
  ]
  return Object.fromEntries(gained.filter(([, objects]) => objects > 0))
}
