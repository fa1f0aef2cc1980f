import { escaped } from '../../base/escape.js'
import { percent, plural } from '../../base/number.js'
import type { MemoryRow } from '../../types/snapshot.js'
import type { Rule, Unusual } from './unusual.js'

/** Above this share a shared zone is called full. */
const FULL = 0.9

/** Zones that are full, and dictionaries that were: each allocation that found no room threw an entry out, or was refused. */
export const fullZone: Rule = ({ process: { rows = [] } }) => rows.flatMap(fullZoneOf)

function fullZoneOf({ name, used, capacity, failures, entries, kind }: MemoryRow): Unusual[] {
  const isFull = capacity !== undefined && used !== undefined && used > FULL * capacity
  if (!isFull && !(entries && failures)) return []
  const room = isFull ? `is ${percent(used / capacity)} full` : 'has been full'
  const refused = failures ? `, and ${plural(failures, 'allocation')} found no room` : ''
  const next = entries?.oldest ? `: what it throws out next ${NEXT[entries.oldest]}` : ''
  const isDictionary = entries !== undefined || kind === undefined || kind === 'lua_shared_dict'
  return [
    {
      says: `The shared zone ${escaped(name)} ${room}${refused}${next}.`,
      remedy: isDictionary
        ? 'A full dictionary throws out what was used least, or refuses what is new: make it larger, or let entries expire.'
        : 'nginx drops what is oldest there, or refuses what is new: make it larger if that comes too soon.',
    },
  ]
}

const NEXT = { lasting: 'never expires', expiring: 'has not expired', expired: 'has expired' } as const
