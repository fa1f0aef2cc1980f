import type { TypeTally } from '../../types/snapshot.js'

/** Bytes of the objects of all types together. */
export function bytesOf(tally: TypeTally): number {
  return Object.values(tally).reduce((sum, [, bytes]) => sum + bytes, 0)
}
