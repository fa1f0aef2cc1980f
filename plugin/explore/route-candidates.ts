import { sumBy } from '../base/sum.js'
import type { Route, RouteListen, RouteServer, Routes } from '../conf/served-routes.js'
import type { Candidate } from '../load/sources/mix/candidate.js'
import type { NotMeasured, RequestSpec } from '../types/request.js'
import type { ExploredCandidate } from './candidate.js'
import { placeText } from './place.js'
import { sampleOf } from './sample.js'

export interface RouteRequests {
  /** Locations. */
  readonly read: number
  readonly taken: number
  readonly candidates: readonly ExploredCandidate[]
  readonly notMeasured: readonly NotMeasured[]
}

/** One request for each location that a client can reach, and why there is none for the others. */
export function routeCandidates(routes: Routes, { unsafe }: { readonly unsafe: boolean }): RouteRequests {
  const servers = routes.servers.filter(({ protocol }) => protocol === 'http')
  const first = servers.flatMap(({ listen }) => listen).find(({ port }) => port !== null)
  const candidates: ExploredCandidate[] = []
  const notMeasured: NotMeasured[] = []
  for (const server of servers) {
    const origin = originOf(server, first)
    for (const route of server.routes) {
      const found = requestOf(route, origin, unsafe)
      if (typeof found === 'string') notMeasured.push({ request: titleOf(route), reason: found })
      else candidates.push({ attempts: found, doubts: route.get.why, served: { server, route } })
    }
  }
  const read = sumBy(servers, (server) => server.routes.length)
  return { read, taken: candidates.length, candidates, notMeasured }
}

function titleOf(route: Route): string {
  return `location ${route.location} (${placeText(route)})`
}

/** Where a server is reached. The first of the conf needs no URL, but its port: else it would be looked for. */
type Origin = { readonly url: string; readonly port?: number; readonly host?: string } | { readonly why: string }

function originOf({ listen, names }: RouteServer, first: RouteListen | undefined): Origin {
  const own = listen.find(({ isDefault }) => isDefault)
  const at = own ?? listen[0]
  if (!at) return { why: 'its server listens nowhere' }
  const { port, tls } = at
  if (port !== null && own && at.address === first?.address) return { url: '', port }
  const scheme = tls ? 'https' : 'http'
  const host = nameOf(names)
  if (!own && host === undefined) return { why: 'its server has no name that a request could be for' }
  if (port !== null) return { url: `${scheme}://${host ?? 'localhost'}:${port}` }
  return { url: `${scheme}://${at.address}:`, ...(host !== undefined && { host }) }
}

/** The first name that a request can be for: `*.example.com` and `.example.com` take any, a regular expression what it matches. */
function nameOf(names: readonly string[]): string | undefined {
  const hosts = names.map((name) => {
    if (name.startsWith('~')) return sampleOf(name.slice(1), true)?.slice(1)
    return name.replace(/^\*\./, 'any.').replace(/\.\*$/, '.example').replace(/^\./, '')
  })
  return hosts.find((host) => host !== undefined && /^[a-z0-9._-]+$/i.test(host))
}

function requestOf(
  { get, location, match, internal }: Route,
  origin: Origin,
  unsafe: boolean,
): Candidate['attempts'] | string {
  if (match === 'named' || internal || get.paths.length === 0) return get.why.join('; ')
  if ('why' in origin) return origin.why
  if (get.elsewhere !== undefined && !unsafe) {
    return `goes on to ${get.elsewhere}, on another machine: --unsafe (in a test unsafe: true) sends load there`
  }
  const { url, port, host } = origin
  const path = get.paths.at(-1)!
  const name = `GET ${url}${match === 'regex' ? path : location.replace(/^\S+\s+/, '')}`
  return get.paths.map(
    (each): RequestSpec => ({
      method: 'GET',
      path: `${url}${each}`,
      name,
      ...(port !== undefined && { port }),
      ...(host !== undefined && { headers: { Host: host } }),
    }),
  ) as [RequestSpec, ...RequestSpec[]]
}
