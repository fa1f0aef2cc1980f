import type { PathNode } from './node.js'

/** A container that stops growing by a limit in the code that fills it, which the heap does not show. */
interface OwnLimit {
  /** The step by which it is reached. */
  readonly step: string
  readonly limit: string
}

/** What resty.core compiles for ngx.re.sub and ngx.re.gsub; ngx.re.match and the others use an lrucache, which tells its bound itself. */
const COMPILED = 'lua_regex_cache_max_entries limits it, 1024 by default'

const OWN_LIMITS: readonly OwnLimit[] = [
  { step: '.^regex_sub_func_cache', limit: COMPILED },
  { step: '.^regex_sub_str_cache', limit: COMPILED },
]

/** What limits the container at or above a path; undefined where nothing is known to. */
export function ownLimit(node: PathNode): string | undefined {
  for (let at: PathNode | null = node; at; at = at.parent) {
    const { step } = at
    const known = OWN_LIMITS.find((each) => each.step === step)
    if (known) return known.limit
  }
  return undefined
}
