import { sumBy } from '../../base/sum.js'
import type { TypeTally } from '../../types/snapshot.js'

/** Bytes of the objects of all types together. */
export function bytesOf(tally: TypeTally): number {
  return sumBy(Object.values(tally), ([, bytes]) => bytes)
}
