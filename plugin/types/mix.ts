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
