import { sumBy } from '../base/sum.js'
import { parsePath } from '../heap/path.js'
import type { Growth, GrowthUnit } from '../types/growth.js'
import type { ProcessGrowth } from '../types/report.js'
import { type WatchStep, watchSteps } from './steps.js'

/** What is watched for one growth. */
export interface Target {
  /** Entries of tables by key, objects by identity, the bytes of contents; malloc's bytes; entries of a shared dictionary. */
  readonly kind: 'entries' | 'objects' | 'contents' | 'malloc' | 'zone'
  readonly root?: 'registry' | 'globals'
  readonly steps?: readonly WatchStep[]
  /** Name of the shared dictionary. */
  readonly zone?: string
  /** Of entries: the type of their keys. */
  readonly of?: string
  /** Entries of a table in which code in C numbers its references: a number that is free stays an entry. */
  readonly references?: boolean
  /** What one request is expected to add, in the unit of the kind. */
  readonly perRequest: number
}

/** Where nginx's Lua module keeps coroutines, contexts and the like by number. */
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

function kindOf(growth: Growth, steps: readonly WatchStep[]): Target {
  const { path, types, entriesPerRequest, objectsPerRequest, bytesPerRequest } = growth
  const last = steps.at(-1)
  if (path.endsWith('.<keys>')) return { kind: 'entries', steps, of: 'any', perRequest: entriesPerRequest }
  if (entriesPerRequest === 0 && objectsPerRequest === 0)
    return { kind: 'contents', steps, perRequest: bytesPerRequest }
  if (last?.[0] === 'each' && entriesPerRequest !== 0) {
    const references = REFERENCES.test(path) && { references: true }
    return { kind: 'entries', steps: steps.slice(0, -1), of: last[1], ...references, perRequest: entriesPerRequest }
  }
  const rates = Object.entries(growth.elements ?? {}).filter(([type]) => type !== 'metatable' && type !== 'upvalue')
  const most = sumBy(rates, ([, objects]) => objects)
  const planned = sumBy(Object.values(types), ({ objects }) => objects)
  // elements are counted over the planned rounds, as the objects of the types are
  return { kind: 'objects', steps, perRequest: planned > 0 ? (objectsPerRequest * most) / planned : objectsPerRequest }
}

/** The same of what grew off the Lua heap. @param per  what the plan counts growth by */
export function processTargetOf(
  { category, zone, bytesPerRequest, entriesPerRequest = 0, rounds = [] }: ProcessGrowth,
  per: GrowthUnit,
): Target | string {
  if (category === 'malloc') {
    const perReload = per === 'reload' ? middle(rounds) : 0
    return { kind: 'malloc', perRequest: perReload > 0 ? perReload : bytesPerRequest }
  }
  if (category === 'shm' && zone !== undefined && entriesPerRequest > 0) {
    return { kind: 'zone', zone, perRequest: entriesPerRequest }
  }
  if (category === 'shm' && zone !== undefined) return { kind: 'zone', zone, perRequest: 0 }
  return `${NAMES[category]} cannot be watched from Lua`
}

/**
 * What most rounds gained. Each has one reload, and something may point at what the reload has lost for a while longer: the mean of few
 * rounds is then far from what a line takes.
 */
function middle(rounds: readonly number[]): number {
  return [...rounds].sort((one, other) => one - other)[Math.floor(rounds.length / 2)] ?? 0
}

const NAMES: Readonly<Record<ProcessGrowth['category'], string>> = {
  malloc: 'malloc',
  shm: 'a zone of nginx itself',
  pool: "nginx's pools",
  ctype: 'types of FFI',
  mcode: 'machine code',
  rss: 'resident memory',
}
