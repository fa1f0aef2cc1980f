import { nameOf } from '../load/plan/request.js'
import { isVarying } from '../load/plan/variation.js'
import type { Plan } from '../types/plan.js'

/** What a passed run cannot have seen: a table by user or URL grows once where all requests have one key. Empty where one varies. */
export function sameKeys({ requests, per }: Plan): string[] {
  const [first] = requests
  if (!first || per !== 'request' || requests.some(isVarying)) return []
  const what = requests.length === 1 ? 'all requests were the same' : `the ${requests.length} requests never varied`
  const { method = 'GET', path } = first
  const example = nameOf({ method, path: `${path}${path.includes('?') ? '&' : '?'}id={n}` })
  return [`${what}, so leaks per key (user, session, URL) stay hidden: vary a key by {n}, such as '${example}'`]
}
