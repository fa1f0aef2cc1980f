import type { Plan } from '../../types/plan.js'
import type { LeakReport } from '../../types/report.js'

/** What `resty-leak run` has to tell. */
export interface MeasuredRun {
  readonly report: LeakReport
  /** Origin of the server; empty if it never was. */
  readonly url: string
  /** As it was driven. */
  readonly plan: Plan
  /** Set where there was nothing to measure. */
  readonly failure?: string
}
