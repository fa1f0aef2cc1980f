import { escaped } from '../../base/escape.js'
import { plural, size } from '../../base/number.js'
import { luaPath } from '../../heap/path-words.js'
import { detailsOf } from '../../process/details.js'
import { NOTABLE, type Rule } from './unusual.js'

/** A few large strings at one path that are a notable part of the memory. */
export const largeStrings: Rule = (snapshot) =>
  detailsOf(snapshot).vms.flatMap(({ vm, strings }) =>
    (strings?.largest ?? [])
      .filter(({ bytes }) => bytes > NOTABLE * snapshot.process.rss)
      .map(({ path, strings: number, bytes }) => ({
        says: `${plural(number, 'string')} at ${escaped(luaPath(path))} ${number === 1 ? 'has' : 'have'} ${size(bytes)}.`,
        remedy: 'Read and send large bodies in pieces, or let go of them as soon as they are done with.',
        vm,
        place: { vm, path },
      })),
  )
