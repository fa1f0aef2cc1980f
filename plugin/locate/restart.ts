import { bootRuntime } from '../runtime/boot.js'
import type { PreludePhase, Runtime, RuntimeOptions } from '../types/runtime.js'

/** Starts a conf once more with Lua that its VMs run first, from this phase on. */
export type Restart = (prelude: string, from?: PreludePhase) => Promise<Runtime>

/**
 * Starts a conf as it was started before, with Lua that runs first in each worker; files of such a start are never kept.
 * @param first whose prefix the log of such a start tells, so that a line is the same line in both
 */
export function restartOf(
  options: RuntimeOptions,
  { prefix }: Pick<Runtime, 'prefix'>,
  boot: (options: RuntimeOptions) => Promise<Runtime> = bootRuntime,
): Restart {
  const again = { ...options, ...(prefix !== undefined && { toldPrefix: prefix }), keep: false }
  return (prelude, preludeFrom = 'init_worker') => boot({ ...again, prelude, preludeFrom })
}
