import { chainSteps } from '../heap/path.js'
import type { Path } from '../types/path.js'

/** A step as nginx/watcher/path.lua takes it: its kind and what belongs to it. */
export type WatchStep =
  | readonly ['key' | 'upvalue' | 'each' | 'light_key', string]
  | readonly ['long_key', beginning: string, bytes: number]
  | readonly ['metatable' | 'env' | 'stack']
  | readonly ['chain', readonly WatchStep[]]

/** Keys of these types have no name of their own in a path. */
const KEY_TYPES = new Set(['table', 'function', 'cdata', 'boolean', 'userdata', 'thread'])

/** The steps of a path below its root; null where Lua cannot take one of them: it sees neither prototypes nor traces. */
export function watchSteps(steps: Path): WatchStep[] | null {
  const watched = steps.map(watchStep)
  return watched.every((step) => step !== null) ? watched : null
}

function watchStep(step: string): WatchStep | null {
  const chain = chainSteps(step)
  if (chain) {
    const unit = watchSteps(chain)
    return unit && ['chain', unit]
  }
  if (step === '[*]') return ['each', 'number']
  if (step === '{*}') return ['each', 'string']
  if (step.startsWith('.^')) return ['upvalue', step.slice(2)]
  if (step.startsWith('["')) return stringKey(step)
  if (step.startsWith('[<')) {
    const name = step.slice(2, -2)
    return KEY_TYPES.has(name) ? ['each', name] : ['light_key', name]
  }
  switch (step) {
    case '.<metatable>':
      return ['metatable']
    case '.<env>':
      return ['env']
    case '.<stack>':
      return ['stack']
    default:
      return step.startsWith('.<') ? null : ['key', step.slice(1)]
  }
}

/** `["any key"]`, or of a long one the beginning: `["eyJhbGciOi"...(812 bytes)]`. */
function stringKey(step: string): WatchStep | null {
  const [, quoted, bytes] = /^\[("(?:[^"\\]|\\.)*")(?:\.\.\.\((\d+) bytes\))?\]$/.exec(step) ?? []
  if (quoted === undefined) return null
  const key = JSON.parse(quoted) as string
  return bytes === undefined ? ['key', key] : ['long_key', key, Number(bytes)]
}
