import type { Route, RouteNeed, RouteServer, Routes } from '../conf/served-routes.js'
import type { Refused } from '../explore/ask.js'
import type { ExploredCandidate } from '../explore/candidate.js'
import { routeCandidates } from '../explore/route-candidates.js'
import type { RequestSpec } from '../types/request.js'

/** A location with a request for it. */
export interface RouteRequest {
  readonly server: RouteServer
  readonly route: Route
  /** The best that is known, answered or not. */
  readonly request: RequestSpec
}

/** One that a GET alone does not measure. */
export interface NeedyRoute extends RouteRequest {
  /** What has to be given first; undefined where its answer does not say. */
  readonly need: RouteNeed | undefined
  /** In words: `answers 401; needs authorization: auth_basic staff, nginx.conf:8`. */
  readonly why: string
}

export interface SortedRoutes {
  readonly ready: readonly RouteRequest[]
  readonly needy: readonly NeedyRoute[]
  /** Locations that no client reaches: named, internal, or behind another. */
  readonly unreachable: number
}

/** A candidate that comes from the conf. */
type ServedCandidate = ExploredCandidate & Required<Pick<ExploredCandidate, 'served'>>

/** What can be asked of a conf, and what is known without asking. */
export interface Askable {
  readonly candidates: readonly ServedCandidate[]
  readonly needy: readonly NeedyRoute[]
  readonly unreachable: number
}

/**
 * What goes on to a server that the conf does not have is not asked: it may be somebody else's, and where it happens to run
 * on this machine, it does not on another.
 */
export function askableRoutes(routes: Routes): Askable {
  const { candidates, notMeasured } = routeCandidates(routes, { unsafe: true })
  const served = candidates.filter((candidate): candidate is ServedCandidate => candidate.served !== undefined)
  const goesOn = ({ served: { route } }: ServedCandidate) => route.get.needs?.includes('upstream') ?? false
  return {
    candidates: served.filter((candidate) => !goesOn(candidate)),
    needy: served.filter(goesOn).map((candidate) => needyRoute(candidate, 'upstream', candidate.served.route.get.why)),
    unreachable: notMeasured.length,
  }
}

/** Sorted by what the conf says alone: where nothing was asked, only what surely works is measured. */
export function sortByConf({ candidates, needy, unreachable }: Askable): SortedRoutes {
  const isReady = ({ served: { route } }: ServedCandidate) => route.get.likely === 'yes'
  const others = candidates.filter((candidate) => !isReady(candidate))
  return {
    ready: candidates.filter(isReady).map(routeRequest),
    needy: [
      ...others.map((each) => needyRoute(each, each.served.route.get.needs?.[0], each.served.route.get.why)),
      ...needy,
    ],
    unreachable,
  }
}

/** Sorted by how each was answered. @param answering those that were as expected, in the order of the candidates */
export function sortByAnswers(
  { candidates, needy, unreachable }: Askable,
  answering: readonly RequestSpec[],
  refused: readonly Refused<ServedCandidate>[],
): SortedRoutes {
  const failed = new Map(refused.map((each) => [each.candidate, each]))
  const answered = candidates.filter((candidate) => !failed.has(candidate))
  return {
    ready: answered.map((candidate, index) => ({ ...routeRequest(candidate), request: answering[index]! })),
    needy: [
      ...refused.map((each) => {
        const { route } = each.candidate.served
        return needyRoute(each.candidate, needOf(each.status) ?? route.get.needs?.[0], [each.reason, ...route.get.why])
      }),
      ...needy,
    ],
    unreachable,
  }
}

/** What a status alone says. */
function needOf(status: number | undefined): RouteNeed | undefined {
  if (status === 401 || status === 403) return 'credentials'
  if (status === 405) return 'method'
  return status !== undefined && status >= 502 && status <= 504 ? 'upstream' : undefined
}

function needyRoute(candidate: ServedCandidate, need: NeedyRoute['need'], why: readonly string[]): NeedyRoute {
  return { ...routeRequest(candidate), need, why: why.join('; ') }
}

function routeRequest({ attempts: [request], served: { server, route } }: ServedCandidate): RouteRequest {
  return { server, route, request }
}
