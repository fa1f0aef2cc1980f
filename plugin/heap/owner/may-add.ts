import type { MayBeAddedAt } from '../../types/added.js'
import type { PathNode } from '../node.js'
import { chainSteps, isManyKeys } from '../path.js'
import { compareSources } from '../source/source.js'
import type { Store } from '../source/stores.js'
import { linePlace } from './line-place.js'
import type { PlaceOf } from './place.js'

/** Lines that are told of one growth. */
const MOST = 5

/**
 * The lines whose code may add to what grows here, from the bytecode alone: candidates, since none was seen to run. Of the entries of a
 * table those that add entries to it, of a chain and of contents those that put another value there.
 */
export function mayAdd(node: PathNode, placeOf: PlaceOf): readonly MayBeAddedAt[] {
  const lines = [...linesOf(node)].sort((one, other) => compareSources(one.source, other.source))
  return lines.slice(0, MOST).map(({ source, function: name }) => ({ ...linePlace(source, placeOf), function: name }))
}

function linesOf({ step, parent, stores }: PathNode): Iterable<Store> {
  if (chainSteps(step)) return parent?.stores?.set.values() ?? []
  const into = isManyKeys(step) || step === '.<keys>' ? parent?.stores : stores
  if (!into) return []
  return into.add.size > 0 ? into.add.values() : into.set.values()
}
