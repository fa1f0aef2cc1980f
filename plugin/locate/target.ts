import { parsePath } from '../heap/path.js'
import type { Growth } from '../types/growth.js'
import { type WatchStep, watchSteps } from './steps.js'

/** What is watched for one growth. */
export interface Target {
  /** Entries of tables by key, objects by identity, or the bytes of contents. */
  readonly kind: 'entries' | 'objects' | 'contents'
  readonly root: 'registry' | 'globals'
  readonly steps: readonly WatchStep[]
  /** Of entries: the type of their keys. */
  readonly of?: string
  /** What one request is expected to add, in the unit of the kind. */
  readonly perRequest: number
}

/** Tables that code in C numbers its references in: a number that is free stays an entry. */
const REFERENCES = /^registry(?:\[\*\]|\[<\w+>\]\[\*\]|\.ngx_lua_ctx_tables\[\*\])$/

/** What is to be watched; a sentence that says why nothing can be. */
export function targetOf(growth: Growth): Target | string {
  const steps = parsePath(growth.path)
  const [root] = steps
  if (root !== 'registry' && root !== 'globals') {
    return `what is reached from ${root === 'main' ? 'the main thread' : root} cannot be watched from Lua`
  }
  const watched = watchSteps(steps.slice(1).filter((step) => step !== '.<keys>'))
  if (!watched) return 'function prototypes and traces cannot be watched from Lua'
  return { root, ...kindOf(growth, watched) }
}

function kindOf(growth: Growth, steps: readonly WatchStep[]): Omit<Target, 'root'> {
  const { path, types, entriesPerRequest, objectsPerRequest, bytesPerRequest } = growth
  const last = steps.at(-1)
  if (path.endsWith('.<keys>')) return { kind: 'entries', steps, of: 'any', perRequest: entriesPerRequest }
  if (entriesPerRequest === 0 && objectsPerRequest === 0) return { kind: 'contents', steps, perRequest: bytesPerRequest }
  if (last?.[0] === 'each' && entriesPerRequest !== 0 && !REFERENCES.test(path)) {
    return { kind: 'entries', steps: steps.slice(0, -1), of: last[1], perRequest: entriesPerRequest }
  }
  const rates = Object.entries(growth.elements ?? {}).filter(([type]) => type !== 'metatable' && type !== 'upvalue')
  const most = rates.reduce((sum, [, objects]) => sum + objects, 0)
  const planned = Object.values(types).reduce((sum, { objects }) => sum + objects, 0)
  // elements are counted over the planned rounds, as the objects of the types are
  return { kind: 'objects', steps, perRequest: planned > 0 ? (objectsPerRequest * most) / planned : objectsPerRequest }
}
