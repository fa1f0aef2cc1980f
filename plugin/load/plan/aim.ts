import { isIP } from 'node:net'
import { addressOf, portOf, SOCKET_URL } from '../../base/address.js'
import type { Address, Place } from '../../types/place.js'
import type { HttpProtocol, RequestSpec } from '../../types/request.js'
import { LoadError } from '../error.js'
import { protocolFor } from './protocol.js'

/** Where a server can be reached. A Runtime is one. */
export interface LoadTarget {
  /** Origin of the first http listen: `http://127.0.0.1:8080`. */
  readonly url: string
  /** Reachable origin for a port of the conf. */
  origin(port: number): string
  /** Where the conf's servers listen; absent where the conf is not known. */
  readonly places?: readonly Place[]
}

/** What a connection is opened to, and how it begins. Plain data: it crosses threads. */
export interface DialPlan {
  readonly address: Address
  /** Undefined without TLS. */
  readonly tls: { readonly servername: string | undefined; readonly alpn: readonly string[] } | undefined
  /**
   * The port that clients of this listener know, where each connection has to begin with a header of the PROXY protocol; undefined where
   * none is expected.
   */
  readonly proxyPort: number | undefined
}

/** Where one request goes, and how. Plain data: it crosses threads. */
export interface Aim extends DialPlan {
  readonly protocol: HttpProtocol
  /** The Host header. */
  readonly host: string
  /** Request target: `/t?x=1`. */
  readonly path: string
}

/**
 * Turns `/t` or `https://api.test:8443/t` into an address, a Host header and a name for SNI. A URL is reached where the
 * target publishes its port and keeps its own host, so that virtual hosts answer as they would in production.
 * @param wanted the protocol of the plan; undefined where the listener decides
 * @throws LoadError `LOAD_NO_LISTEN` for a socket that the conf does not listen on, `LOAD_PROTOCOL` for a listener that speaks something else;
 *   RuntimeError for such a port
 */
export function aim(request: RequestSpec, target: LoadTarget, wanted?: HttpProtocol): Aim {
  const { scheme, where, ownHost, path } = reading(request)
  const { address, place, isTls } = reached(where, target)
  const tls = scheme === undefined ? isTls : scheme === 'https:'
  const host = hostHeader(request) ?? ownHost ?? hostOf(address)
  const protocol = protocolFor(wanted, { tls, place, what: place ? placeName(place) : nameOf(address) })
  return {
    address,
    tls: tls ? { servername: sniName(host), alpn: protocol === 'h2' ? ['h2'] : [] } : undefined,
    proxyPort: place?.proxyProtocol ? (place.port ?? (tls ? 443 : 80)) : undefined,
    protocol,
    host,
    path,
  }
}

/** The place of the conf that a request goes to; undefined where the conf is not known. Throws as `aim` does. */
export function placeOf(request: RequestSpec, target: LoadTarget): Place | undefined {
  return reached(reading(request).where, target).place
}

/** A port of the conf, one of its unix sockets, or neither: the first place. */
type Where = { readonly port: number } | { readonly socket: string } | 'first'

/** What a request says of where it goes. */
function reading(request: RequestSpec): {
  readonly scheme: string | undefined
  readonly where: Where
  readonly ownHost: string | undefined
  readonly path: string
} {
  const { path, port, socket } = request
  if (path.startsWith('/')) {
    const where = port !== undefined ? { port } : socket !== undefined ? { socket } : 'first'
    return { scheme: undefined, where, ownHost: undefined, path }
  }
  const onSocket = SOCKET_URL.exec(path)
  if (onSocket) {
    const [, scheme, file, rest] = onSocket
    return { scheme: scheme!.toLowerCase(), where: { socket: file! }, ownHost: undefined, path: rest || '/' }
  }
  const url = new URL(path)
  return { scheme: url.protocol, where: { port: portOf(url) }, ownHost: url.host, path: pathOf(path) }
}

interface Reached {
  readonly address: Address
  readonly place: Place | undefined
  readonly isTls: boolean
}

function reached(where: Where, target: LoadTarget): Reached {
  const { places = [] } = target
  if (where !== 'first' && 'socket' in where) return reachedSocket(where.socket, places)
  const url = where === 'first' ? target.url : target.origin(where.port)
  const address = addressOf(url)
  const place = places.find((each) => isSame(each.address, address))
  return { address, place, isTls: url.startsWith('https:') }
}

function reachedSocket(path: string, places: readonly Place[]): Reached {
  const place = places.find(({ socket }) => socket === path)
  if (place) return { address: place.address, place, isTls: place.tls }
  if (places.length === 0) return { address: { kind: 'unix', path }, place: undefined, isTls: false }
  const names = places.map(({ name }) => name)
  throw new LoadError(
    'LOAD_NO_LISTEN',
    `the conf does not listen on unix:${path}; it listens on ${names.join(', ')}. Name one of these: --socket PATH or --port N, in a test socket: or port:.`,
  )
}

function isSame(one: Address, other: Address): boolean {
  if (one.kind === 'unix' || other.kind === 'unix') return one.kind === other.kind && nameOf(one) === nameOf(other)
  return one.host === other.host && one.port === other.port
}

/** For people. */
function nameOf(address: Address): string {
  if (address.kind === 'unix') return `unix:${address.path}`
  return address.host.includes(':') ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`
}

/** `port 8080 of the conf (nginx.conf:12)`. */
export function placeName({ name, servers }: Place): string {
  return `${name} of the conf${servers[0] ? ` (${servers[0].at})` : ''}`
}

/** What a client says that was given an address and no name; nginx itself says `localhost` to a unix socket. */
function hostOf(address: Address): string {
  return address.kind === 'unix' ? 'localhost' : nameOf(address)
}

/** The path as written: URL would percent-encode the braces of a template. */
function pathOf(url: string): string {
  const path = url.replace(/^https?:\/\/[^/?#]*/i, '').replace(/#.*$/, '')
  return path.startsWith('/') ? path : `/${path}`
}

function hostHeader(request: RequestSpec): string | undefined {
  return Object.entries(request.headers ?? {}).find(([name]) => name.toLowerCase() === 'host')?.[1]
}

function sniName(host: string): string | undefined {
  const name = host.replace(/:\d+$/, '').replace(/^\[|\]$/g, '')
  return isIP(name) || name === '' ? undefined : name
}
