import type { Route, RouteServer } from '../conf/served-routes.js'
import type { Candidate } from '../load/sources/mix/candidate.js'

/** What can be asked, with what is known of it. */
export interface ExploredCandidate extends Candidate {
  /** What the conf has against it. */
  readonly doubts?: readonly string[]
  /** The location that it is for, and the server that has it; absent where a file tells of it. */
  readonly served?: { readonly server: RouteServer; readonly route: Route }
}
