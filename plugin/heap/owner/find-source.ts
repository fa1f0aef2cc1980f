import type { Growth } from '../../types/growth.js'
import type { Span } from '../../verdict/timeline.js'
import type { PathNode } from '../node.js'
import type { HeapSeries } from '../series.js'
import { fileOf, moduleFunction } from './module-file.js'
import { ownerOf, threadBody } from './owner.js'
import type { PlaceOf } from './place.js'

/** The code that owns what grows; where none is known, the module's file; a coroutine that nothing else explains tells its own body. */
export function findSource(
  node: PathNode,
  series: HeapSeries,
  span: Span,
  placeOf: PlaceOf,
): Pick<Growth, 'source' | 'file' | 'line' | 'shortFile' | 'moduleFile'> {
  const owner = ownerOf(node, series, span)
  if (owner) return placeOf(owner)
  const module = moduleFunction(node)
  if (module) return { ...placeOf(module), source: null, line: null, moduleFile: fileOf(module) }
  const body = threadBody(node, series, span)
  return body ? placeOf(body) : { source: null, file: null, line: null }
}
