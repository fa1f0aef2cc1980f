import type { Place } from '../../types/added.js'
import type { HeapSeries } from '../series.js'
import { bareName, uniqueNames } from '../source/file-name.js'
import type { Source } from '../source/source.js'

/** Makes of a source what reports say of it. */
export type PlaceOf = (source: Source) => Place

/** Says where a source is: by as much of a file's path as no other file has that the heaps of a run know of. */
export function placesIn({ vms }: Pick<HeapSeries, 'vms'>): PlaceOf {
  const names = uniqueNames(vms.flatMap(({ files }) => [...files]))
  return ({ short, file, line }) => {
    const name = file === null ? undefined : names.get(file)
    const isBare = name === undefined || name === bareName(file!)
    return { source: short, file, line, ...(!isBare && { shortFile: name }) }
  }
}
