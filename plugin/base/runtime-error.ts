export type RuntimeErrorCode =
  | 'RUNTIME_OPTIONS'
  | 'RUNTIME_CONF_MISSING'
  | 'RUNTIME_CONF_REJECTED'
  | 'RUNTIME_CONF_REPLACE'
  | 'RUNTIME_PREPARE_FAILED'
  | 'RUNTIME_LUA_FAILED'
  | 'RUNTIME_NO_OPENRESTY'
  | 'RUNTIME_NO_LUA'
  | 'RUNTIME_NO_LISTEN'
  | 'RUNTIME_NO_ENGINE'
  | 'RUNTIME_NO_IMAGE'
  | 'RUNTIME_PORT_IN_USE'
  | 'RUNTIME_PORT_UNKNOWN'
  | 'RUNTIME_START_FAILED'
  | 'RUNTIME_START_TIMEOUT'
  | 'RUNTIME_RELOAD_FAILED'
  | 'RUNTIME_STOPPED'

/** One way that was tried and why it did not work. */
export interface Attempt {
  readonly tried: string
  readonly reason: string
}

/** OpenResty could not be found, started or kept running. `attempts` lists the ways that were tried, where there were several. */
export class RuntimeError extends Error {
  override readonly name = 'RuntimeError'
  readonly code: RuntimeErrorCode
  readonly attempts: readonly Attempt[]

  constructor(code: RuntimeErrorCode, message: string, options: ErrorOptions & { attempts?: readonly Attempt[] } = {}) {
    const { attempts = [], ...errorOptions } = options
    super([message, ...attempts.map(({ tried, reason }) => `  - ${tried}: ${reason}`)].join('\n'), errorOptions)
    this.code = code
    this.attempts = attempts
  }
}
