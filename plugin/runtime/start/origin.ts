import { RuntimeError } from '../../base/runtime-error.js'
import type { Endpoint } from '../../conf/listen-edits.js'
import type { Address, Place } from '../../types/place.js'
import type { RuntimeListen } from '../../types/runtime.js'

/** The places of a running conf. @param reach where an address that nginx binds is reached from here */
export function placesOf(endpoints: readonly Endpoint[], reach: (bound: Address) => Address): readonly Place[] {
  return endpoints
    .filter(({ udp }) => !udp)
    .map(({ bound, udp, ...place }) => ({
      ...place,
      name: place.socket === null ? `port ${place.port}` : `unix:${place.socket}`,
      address: reach(bound),
    }))
}

/** The ports that a conf listens on. @param published where a port that nginx binds is reached from here */
export function listensOf(endpoints: readonly Endpoint[], published: (port: number) => number): RuntimeListen[] {
  return endpoints.flatMap(({ protocol, port, bound, tls, udp }) =>
    port === null || bound.kind !== 'tcp'
      ? []
      : [{ protocol, confPort: port, port: udp ? bound.port : published(bound.port), tls, udp }],
  )
}

/** Where a request goes that names neither port nor socket: the first port of http, or else its first socket, or else the first place of all. */
export function firstPlace(places: readonly Place[]): Place {
  const http = places.filter(({ protocol }) => protocol === 'http')
  return http.find(({ port }) => port !== null) ?? http[0] ?? places[0]!
}

/** Origin of a place; that of a unix socket is written as nginx's `proxy_pass` has it, `http://unix:/run/app.sock:`. */
export function originOf({ tls, address }: Pick<Place, 'tls' | 'address'>): string {
  const scheme = tls ? 'https' : 'http'
  return address.kind === 'unix' ? `${scheme}://unix:${address.path}:` : `${scheme}://${address.host}:${address.port}`
}

/** The place of a port of the conf. Throws RuntimeError `RUNTIME_PORT_UNKNOWN`, which lists those there are. */
export function placeFor(places: readonly Place[], confPort: number): Place {
  const found = places.find(({ port }) => port === confPort)
  if (found) return found
  const ports = places.flatMap(({ port }) => port ?? [])
  throw new RuntimeError(
    'RUNTIME_PORT_UNKNOWN',
    `the conf does not listen on port ${confPort}; it listens on ${ports.length > 0 ? ports.join(', ') : 'no port at all'}.`,
  )
}
