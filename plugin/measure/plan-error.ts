/** A plan that cannot be measured: which option, why, and what it takes. */
export class PlanError extends Error {
  override readonly name = 'PlanError'

  constructor(
    readonly code: 'PLAN_OPTION_UNKNOWN' | 'PLAN_OPTION_INVALID' | 'PLAN_NO_REQUEST',
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options)
  }
}
