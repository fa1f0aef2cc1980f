import type { Span } from '../../verdict/timeline.js'
import { holds, type PathNode } from '../node.js'
import { isManyKeys } from '../path.js'
import type { HeapSeries } from '../series.js'
import type { Source } from '../source/source.js'
import { definitionsAt, gainedDefinitions } from './gained-definitions.js'

/** Where ngx_lua keeps the coroutines of requests, timers and light threads: nothing in it is the program's own container. */
const COROUTINES = /^\[<ngx_(?:http|stream)_lua_coroutines_key>\]$/

/**
 * The code that owns what grows at a path: the nearest function above it, never the code that is itself leaked.
 * Among nginx's own coroutines it is the body of those that came during the run; where no function is on the path, the class of the nearest object.
 */
export function ownerOf(node: PathNode, series: HeapSeries, span: Span): Source | null {
  return functionAbove(node, series, span) ?? leakedCoroutine(node, series, span) ?? classAbove(node)
}

function functionAbove(node: PathNode, series: HeapSeries, span: Span): Source | null {
  for (let at = node.parent; at; at = at.parent) {
    // What is on a stack is its thread's, whose body says more than whatever it was calling.
    if (at.step === '.<stack>') continue
    const source = holds(at, 'thread') ? threadBody(at, series, span) : at.source
    if (source) return source
  }
  return null
}

/** Of the threads at a path: those that are more and more own what grows; a single kind does in any case. Others may be bystanders. */
export function threadBody(node: PathNode, series: HeapSeries, span: Span): Source | null {
  const [gained] = gainedDefinitions([node], series, span, 'thread')
  if (gained) return gained[0]
  if (!holds(node, 'thread')) return null
  const [only, ...others] = definitionsAt(node)
  return others.length === 0 ? (only ?? node.source) : null
}

function leakedCoroutine(node: PathNode, series: HeapSeries, span: Span): Source | null {
  const isNginxs = node.parent !== null && COROUTINES.test(node.parent.step)
  return isNginxs && holds(node, 'thread') ? threadBody(node, series, span) : null
}

/**
 * The class of the container, or of the nearest object that has it as a field. What lies in a collection is not the
 * collection's own: a cache does not write into what it keeps.
 */
function classAbove(node: PathNode): Source | null {
  for (let at = node.parent; at; at = at.parent) {
    if (at.class) return at.class
    if (isManyKeys(at.step)) return null
  }
  return null
}
