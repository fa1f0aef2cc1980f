/** One kind of request of a plan. `path` is `/path?query`, sent to the conf's first http listen, or a URL whose port is the conf's port. */
export interface RequestSpec {
  /** Name in reports. Default: `METHOD /path`. */
  readonly name?: string
  /** Default `GET`. */
  readonly method?: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
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
