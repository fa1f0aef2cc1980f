import type { LoadResult } from '../../types/load.js'
import type { Place } from '../../types/place.js'
import type { RequestSpec } from '../../types/request.js'
import { type LoadTarget, placeOf } from './aim.js'
import { nameOf } from './request.js'

/** Servers that are named one by one. */
const SHOWN = 12

/**
 * Who answered 404, by port and server of the conf, and which others there are; undefined where nobody did or the conf is not known.
 * A path that a server does not have is commonly one of its neighbour's.
 */
export function notFoundHint(
  load: Pick<LoadResult, 'byRequest'>,
  requests: readonly RequestSpec[],
  target: LoadTarget,
): string | undefined {
  const servers = (target.places ?? []).filter(({ protocol }) => protocol === 'http').flatMap(serversOf)
  const lost = requests.filter((request) => (load.byRequest?.[nameOf(request)]?.statuses[404] ?? 0) > 0)
  if (lost.length === 0 || servers.length === 0) return undefined
  const asked = lost.slice(0, SHOWN).map((request) => `${nameOf(request)} was asked of ${askedServer(request, target)}`)
  if (servers.length === 1) return `${asked.join('; ')}, the only server of the conf.`
  const shown = servers.slice(0, SHOWN)
  const more = servers.length > SHOWN ? ` and ${servers.length - SHOWN} more` : ''
  return `${asked.join('; ')}. Servers of the conf: ${shown.join('; ')}${more}. Name one: --port N, --socket PATH or --host NAME, in a test port:, socket: or a Host header.`
}

function serversOf({ name, servers }: Place): string[] {
  return servers.map(({ names, at }) => `${name}${names[0] === undefined ? '' : `, ${names[0]}`} (${at})`)
}

/** Where a request goes: `port 8080 (nginx.conf:14)`, or the origin where the conf is not known. */
export function askedServer(request: RequestSpec, target: LoadTarget): string {
  const place = placeOf(request, target)
  if (!place) return target.url
  const host = Object.entries(request.headers ?? {}).find(([name]) => name.toLowerCase() === 'host')?.[1]
  const named = (host ?? hostOfUrl(request))?.replace(/:\d+$/, '')
  const server = place.servers.find(({ names }) => named !== undefined && names.includes(named)) ?? place.servers[0]
  return `${place.name}${server ? ` (${server.at})` : ''}`
}

function hostOfUrl({ path }: RequestSpec): string | undefined {
  return path.startsWith('/') ? undefined : new URL(path).hostname
}
