import type { Place } from '../../types/growth.js'
import type { HeapSeries } from '../series.js'
import { bareName, uniqueNames } from '../source/file-name.js'
import type { Source } from '../source/source.js'

/** Tells a source as reports do. */
export type PlaceOf = (source: Source) => Place

/** Files are told apart by all that the heaps of a run know of. */
export function placesIn({ vms }: Pick<HeapSeries, 'vms'>): PlaceOf {
  const names = uniqueNames(vms.flatMap(({ files }) => [...files]))
  return ({ short, file, line }) => {
    const name = file === null ? undefined : names.get(file)
    const isBare = name === undefined || name === bareName(file!)
    return { source: short, file, line, ...(!isBare && { shortFile: name }) }
  }
}
