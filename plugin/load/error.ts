export type LoadErrorCode =
  | 'LOAD_BAD_REQUEST'
  | 'LOAD_BAD_STATUS'
  | 'LOAD_BAD_PLAN'
  | 'LOAD_BAD_THRESHOLD'
  | 'LOAD_NO_LISTEN'
  | 'LOAD_PROTOCOL'
  | 'LOAD_SOURCE'
  | 'LOAD_SCRIPT'
  | 'LOAD_THREAD'
  | 'LOAD_DRIVER'

/** Why load could not be planned or driven. Requests that fail are no error: they are counted in the LoadResult. */
export class LoadError extends Error {
  override readonly name = 'LoadError'

  constructor(
    readonly code: LoadErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options)
  }
}
