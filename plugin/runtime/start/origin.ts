import { RuntimeError } from '../../base/runtime-error.js'
import type { Endpoint } from '../../conf/listen-edits.js'

/** The endpoint that a request without a port goes to: the first of http, or else the first. `endpoints` has a TCP one. */
export function firstEndpoint(endpoints: readonly Endpoint[]): Endpoint {
  const tcp = endpoints.filter(({ udp }) => !udp)
  return tcp.find(({ protocol }) => protocol === 'http') ?? tcp[0]!
}

/** Origin of an endpoint that is published on `port` of 127.0.0.1. */
export function originOf({ tls }: Endpoint, port: number): string {
  return `${tls ? 'https' : 'http'}://127.0.0.1:${port}`
}

/** The endpoint of a port of the conf. Throws RuntimeError `RUNTIME_PORT_UNKNOWN`, which lists those there are. */
export function endpointFor(endpoints: readonly Endpoint[], confPort: number): Endpoint {
  const tcp = endpoints.filter(({ udp }) => !udp)
  const found = tcp.find((endpoint) => endpoint.confPort === confPort)
  if (found) return found
  throw new RuntimeError(
    'RUNTIME_PORT_UNKNOWN',
    `the conf does not listen on port ${confPort}; it listens on ${tcp.map((endpoint) => endpoint.confPort).join(', ')}.`,
  )
}
