/** What a request is spoken in: HTTP/1.1, HTTP/2 over TLS, or HTTP/2 without it. */
export type HttpProtocol = 'http1' | 'h2' | 'h2c'

/**
 * One kind of request of a plan. `path` is `/path?query`, sent to the conf's first http server that serves it, or a URL whose port is the
 * conf's port: `http://api.test:8080/path`, or `http://unix:/run/app.sock:/path` for a unix socket of the conf.
 */
export interface RequestSpec {
  /** Name in reports. Default: `METHOD /path`. */
  readonly name?: string
  /** Default `GET`. */
  readonly method?: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** The conf's port to send it to, where `path` is no URL. */
  readonly port?: number
  /** The conf's unix socket to send it to, where `path` is no URL: `/run/app.sock`. */
  readonly socket?: string
  /** Relative share when a plan has several. Default 1. */
  readonly weight?: number
  /**
   * The client closes the connection this long after sending, in ms, unless the answer came first. Such a request
   * counts as completed, with status 499.
   */
  readonly abortAfterMs?: number
}

/** A request as users write it: `'/t'`, `'POST /t'`, or the whole thing. */
export type RequestInput = string | RequestSpec
