import { isIP } from 'node:net'
import type { RequestSpec } from '../../types/request.js'

/** Where a server can be reached. A Runtime is one. */
export interface LoadTarget {
  /** Origin of the first http listen: `http://127.0.0.1:8080`. */
  readonly url: string
  /** Reachable origin for a port of the conf. */
  origin(port: number): string
}

/** Where one request goes. */
export interface Aim {
  /** What to connect to: `http://127.0.0.1:34567`. */
  readonly origin: string
  /** Name for SNI; undefined without TLS or where the host is an address. */
  readonly servername: string | undefined
  /** The Host header. */
  readonly host: string
  /** Request target: `/t?x=1`. */
  readonly path: string
}

/**
 * Turns `/t` or `https://api.test:8443/t` into an address, a Host header and a name for SNI. A URL is reached where the
 * target publishes its port and keeps its own host, so that virtual hosts answer as they would in production.
 */
export function aim(request: RequestSpec, target: LoadTarget): Aim {
  const url = request.path.startsWith('/') ? null : new URL(request.path)
  const reached = new URL(url ? target.origin(portOf(url)) : target.url)
  const protocol = url?.protocol ?? reached.protocol
  const host = hostHeader(request) ?? url?.host ?? reached.host
  return {
    origin: `${protocol}//${reached.host}`,
    servername: protocol === 'https:' ? sniName(host) : undefined,
    host,
    path: url ? pathOf(request.path) : request.path,
  }
}

function portOf(url: URL): number {
  return Number(url.port || (url.protocol === 'https:' ? 443 : 80))
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
  return isIP(name) ? undefined : name
}
