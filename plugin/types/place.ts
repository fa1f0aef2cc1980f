/** What a client connects to. */
export type Address =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string }

/** One address that servers of a conf listen on, and where it is reached from here. */
export interface Place {
  readonly protocol: 'http' | 'stream' | 'mail'
  /** The conf's own name of it: `port 8080`, or `unix:/run/app.sock`. */
  readonly name: string
  /** The conf's port; null for a unix socket. */
  readonly port: number | null
  /** The conf's path of a unix socket, without `unix:`; null for a port. */
  readonly socket: string | null
  /** What to connect to. */
  readonly address: Address
  readonly tls: boolean
  /** Whether HTTP/2 is spoken there: not at all, beside HTTP/1.1, or alone (`listen ... http2` without TLS, before nginx 1.25.1). */
  readonly http2: 'no' | 'also' | 'only'
  /** Whether each connection has to begin with a header of the PROXY protocol. */
  readonly proxyProtocol: boolean
  /** The servers that listen there, the one for unknown names first. */
  readonly servers: readonly PlaceServer[]
}

export interface PlaceServer {
  /** Names that a Host header can have: no patterns, no empty name. */
  readonly names: readonly string[]
  /** Where the conf has its listen: `sites/a.conf:12`. */
  readonly at: string
}
