/** Why a conf or a file gives nothing to measure. */
export class ExploreError extends Error {
  override readonly name = 'ExploreError'

  constructor(
    readonly code: 'EXPLORE_NO_CONF' | 'EXPLORE_NOTHING_ANSWERS',
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options)
  }
}
