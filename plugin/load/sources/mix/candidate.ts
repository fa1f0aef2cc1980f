import type { LeftOut, RequestSpec } from '../../../types/request.js'

/** One kind of request that a source tells of: what to send, best first. The first that is answered as expected is measured. */
export interface Candidate {
  readonly attempts: readonly [RequestSpec, ...RequestSpec[]]
}

/** What was read from a file. */
export interface ReadRequests {
  /** `access log (combined)`, `HAR`, `OpenAPI 3.1`, `list`. */
  readonly kind: string
  /** Lines, entries or operations. */
  readonly read: number
  readonly taken: number
  readonly candidates: readonly Candidate[]
  readonly leftOut: readonly LeftOut[]
}
