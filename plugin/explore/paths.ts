import { compileTemplate } from '../load/plan/template.js'
import { chosen, type Location } from './location.js'
import { sampleOf } from './sample.js'

/** A field that no server knows: with it no URL comes twice, and what is kept by URL shows. */
const VARYING = 'n={n}'

export interface ServedPaths {
  /** Best first. */
  readonly paths: readonly string[]
  /** Why there is none. */
  readonly why?: string
  /** The location that takes them instead. */
  readonly takenBy?: Location
}

/** Paths for which nginx chooses this location, those that vary first. */
export function pathsOf(location: Location, all: readonly Location[]): ServedPaths {
  const wanted = candidates(location)
  if (wanted.length === 0) return { paths: [], why: 'no path is found that its regular expression matches' }
  const paths = wanted.filter((path) => chosen(all, filled(path)) === location)
  if (paths.length > 0) return { paths }
  const takenBy = chosen(all, filled(wanted[0]!))
  return takenBy ? { paths, takenBy } : { paths, why: 'no path leads here' }
}

function candidates({ match, pattern, isCaseless }: Location): readonly string[] {
  switch (match) {
    case 'exact':
      return plain(pattern).flatMap((path) => [`${path}?${VARYING}`, path])
    case 'prefix':
      return plain(pattern).flatMap((path) =>
        path.endsWith('/') ? [`${path}{n}`, path] : [`${path}?${VARYING}`, path],
      )
    case 'regex': {
      const sample = sampleOf(pattern, isCaseless)
      if (sample === undefined) return []
      return sample.includes('{') ? [sample] : [`${sample}?${VARYING}`, sample]
    }
    case 'named':
      return []
  }
}

/** Prefixes are decoded paths; what a request line cannot carry is encoded again. */
function plain(pattern: string): string[] {
  return pattern.startsWith('/') ? [encodeURI(pattern).replace(/[?#]/g, encodeURIComponent)] : []
}

/** A path as nginx looks at it: without its query, decoded, with a value in each placeholder. */
function filled(template: string): string {
  const path = template.split('?', 1)[0]!
  return decodeURI(compileTemplate(path)?.({ n: 0, random: () => 0 }) ?? path)
}
