import type { Place } from '../../types/added.js'
import { bareName } from '../source/file-name.js'
import type { Source } from '../source/source.js'
import type { PlaceOf } from './place.js'

/** The place of a line that runs: of Lua in a conf the conf's own line, where a function is told by its chunk. */
export function linePlace(source: Source, placeOf: PlaceOf): Place {
  const { file, line, short } = source
  const place = placeOf(source)
  return file !== null && short.includes('(') ? { ...place, source: `${bareName(file)}:${line}` } : place
}
