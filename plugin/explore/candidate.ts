import type { Candidate } from '../load/sources/mix/candidate.js'

/** What can be asked, with what is known of it. */
export interface ExploredCandidate extends Candidate {
  /** What the conf has against it. */
  readonly doubts?: readonly string[]
}
