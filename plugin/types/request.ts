/** What a request is spoken in: HTTP/1.1, HTTP/2 over TLS, or HTTP/2 without it. */
export type HttpProtocol = 'http1' | 'h2' | 'h2c'

/**
 * One kind of request of a plan. `path` is `/path?query`, sent to the conf's first http server (in a measurement the first that serves it),
 * or a URL whose port is the conf's port: `http://api.test:8080/path`, or `http://unix:/run/app.sock:/path` for a unix socket of the conf.
 */
export interface RequestSpec {
  /** Name in reports. Default: `METHOD /path`. */
  readonly name?: string
  /** Its method. Default `GET`. */
  readonly method?: string
  /** `/path?query`, or a URL whose port is the conf's port; templates in it make requests differ. */
  readonly path: string
  /** Headers, over those of the whole plan. */
  readonly headers?: Readonly<Record<string, string>>
  /** Its body. */
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

/** Where a plan's requests come from, if its user did not write them one by one; it stands in the report. */
export interface RequestMix {
  /** `file`: a log, a HAR file, an OpenAPI document or a list; `routes`: the conf's own locations. */
  readonly from: 'file' | 'routes'
  /** The file, as the user named it. */
  readonly source: string
  /** What the file is, in words: `access log (combined)`, `HAR`, `OpenAPI 3.1`, `list`, `nginx conf`. */
  readonly kind: string
  /** Lines, entries, operations or locations that were read. */
  readonly read: number
  /** How many of them the plan's requests stand for. */
  readonly taken: number
  /** What was read and is not sent, with why; most first. */
  readonly leftOut: readonly LeftOut[]
  /** Requests that were asked once, or could not be asked, and that the load therefore leaves out. */
  readonly notMeasured: readonly NotMeasured[]
}

export interface LeftOut {
  /** Why, in words that follow the count: `POST, which may change state`. */
  readonly reason: string
  readonly count: number
  /** The first of them, cut and without control characters; absent where it says nothing more. */
  readonly first?: string
}

export interface NotMeasured {
  /** Name of the request, or the location where no request could be made of it. */
  readonly request: string
  /** `answers 401: auth_basic in nginx.conf:12`, `internal: only nginx itself goes there`. */
  readonly reason: string
  /** Of the answer, if there was one. */
  readonly status?: number
}
