import { bootRuntime } from '../runtime/boot.js'
import type { PreludePhase, Runtime, RuntimeOptions } from '../types/runtime.js'

/** Starts a conf once more with Lua that its VMs run first, from this phase on. */
export type Restart = (prelude: string, from?: PreludePhase) => Promise<Runtime>

/** Starts a conf as it was started before, with Lua that runs first in each worker; files of such a start are never kept. */
export function restartOf(
  options: RuntimeOptions,
  boot: (options: RuntimeOptions) => Promise<Runtime> = bootRuntime,
): Restart {
  return (prelude, preludeFrom = 'init_worker') => boot({ ...options, prelude, preludeFrom, keep: false })
}
