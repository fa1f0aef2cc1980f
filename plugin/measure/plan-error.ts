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

/** A value that cannot be taken: why, and what can. */
export function invalidOption(option: string, value: unknown, reason: string, remedy: string): PlanError {
  return new PlanError('PLAN_OPTION_INVALID', `${option} ${JSON.stringify(value)} ${reason}; ${remedy}`)
}
