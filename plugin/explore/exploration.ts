import type { ConfTree } from '../conf/conf-tree.js'
import { allowsStatus } from '../load/plan/status.js'
import { readRequests } from '../load/sources/read-requests.js'
import type { PlanInput } from '../measure/plan-options.js'
import type { Plan } from '../types/plan.js'
import type { RequestMix } from '../types/request.js'
import type { ExploredCandidate } from './candidate.js'
import { ExploreError } from './error.js'
import { givenFormat, logFormatsOf } from './log-formats.js'
import { routeCandidates } from './route-candidates.js'
import { routesOf } from './routes.js'

/** What there is to ask, before any of it was asked. */
export interface Exploration extends RequestMix {
  readonly candidates: readonly ExploredCandidate[]
}

export interface ExploreOptions {
  /** The options that say where requests come from. */
  readonly input: Pick<PlanInput, 'requestsFrom' | 'logFormat' | 'routes' | 'unsafe'>
  readonly expectStatus: Plan['expectStatus']
  /** The file's absolute path. */
  readonly file?: string
  /** The conf, and what its user calls it; absent where somebody else started the server. */
  readonly conf?: { readonly tree: ConfTree; readonly title: string }
}

/**
 * What a file or the conf gives to ask; undefined where the requests are their user's own.
 * @throws LoadError `LOAD_SOURCE` for a file that tells none; ExploreError where there is no conf
 */
export async function explore({ input, expectStatus, file, conf }: ExploreOptions): Promise<Exploration | undefined> {
  const { requestsFrom, logFormat, routes, unsafe = false } = input
  if (requestsFrom !== undefined) {
    const known = logFormatsOf(conf?.tree)
    const found = await readRequests(file ?? requestsFrom, {
      unsafe,
      expects: (status) => allowsStatus(expectStatus, status),
      formats: logFormat === undefined ? known : [givenFormat(logFormat, known)],
    })
    return { from: 'file', source: requestsFrom, notMeasured: [], ...found }
  }
  if (routes === undefined) return undefined
  if (!conf)
    throw new ExploreError(
      'EXPLORE_NO_CONF',
      'all routes are those of a conf, and this server was started by somebody else: name the requests',
    )
  const all = routesOf(conf.tree)
  return { from: 'routes', source: conf.title, kind: 'nginx conf', leftOut: [], ...routeCandidates(all, { unsafe }) }
}
