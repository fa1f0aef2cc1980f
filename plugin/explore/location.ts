import { type Block, directiveIn } from './blocks.js'
import { asRegExp } from './sample.js'

/** One `location` of a server, with those inside it. */
export interface Location {
  readonly block: Block
  readonly match: 'exact' | 'prefix' | 'regex' | 'named'
  /** Path, pattern or name. */
  readonly pattern: string
  readonly isCaseless: boolean
  /** `^~`: no regular expression is tried once this prefix is the longest. */
  readonly isFinal: boolean
  readonly internal: boolean
  /** Locations around it, outermost first. */
  readonly around: readonly Location[]
  readonly inside: readonly Location[]
}

/** The locations of a server, in the conf's order. */
export function locationsIn(body: readonly Block[], around: readonly Location[] = []): readonly Location[] {
  return body.filter(({ name }) => name === 'location').map((block) => locationOf(block, around))
}

function locationOf(block: Block, around: readonly Location[]): Location {
  const [first = '', second] = block.args
  // nginx also reads `=/t`, `~\.php$` and the like
  const [, joined, rest] = second === undefined ? (/^(=|\^~|~\*|~)(.+)$/.exec(first) ?? []) : []
  const modifier = second === undefined ? joined : first
  const pattern = second ?? rest ?? first
  const location = {
    block,
    match: pattern.startsWith('@')
      ? 'named'
      : modifier === '='
        ? 'exact'
        : modifier?.startsWith('~')
          ? 'regex'
          : 'prefix',
    pattern,
    isCaseless: modifier === '~*',
    isFinal: modifier === '^~',
    internal: directiveIn(block.body, 'internal') !== undefined,
    around,
  } as const
  const inside: Location[] = []
  const whole: Location = { ...location, inside }
  inside.push(...locationsIn(block.body, [...around, whole]))
  return whole
}

/** All locations, those inside others behind them. */
export function flattened(locations: readonly Location[]): readonly Location[] {
  return locations.flatMap((location) => [location, ...flattened(location.inside)])
}

/**
 * The location that nginx takes for a path: an exact one, or else the longest prefix, unless that lets regular expressions come first and one
 * matches, in the conf's order; inside of it again so. Undefined for none.
 */
export function chosen(locations: readonly Location[], path: string): Location | undefined {
  const exact = locations.find(({ match, pattern }) => match === 'exact' && pattern === path)
  if (exact) return exact
  const prefixes = locations.filter(({ match, pattern }) => match === 'prefix' && path.startsWith(pattern))
  const longest = prefixes.reduce<Location | undefined>(
    (best, each) => (best === undefined || each.pattern.length > best.pattern.length ? each : best),
    undefined,
  )
  const inner = longest && chosen(longest.inside, path)
  if (inner && (inner.match !== 'prefix' || inner.isFinal)) return inner
  const expression =
    (inner ?? longest)?.isFinal !== true &&
    locations.find(({ match, pattern, isCaseless }) => match === 'regex' && asRegExp(pattern, isCaseless)?.test(path))
  return expression ? (chosen(expression.inside, path) ?? expression) : (inner ?? longest)
}
