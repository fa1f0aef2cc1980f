import { bootRuntime } from '../runtime/boot.js'
import type { Runtime, RuntimeOptions } from '../types/runtime.js'

/** Starts a conf as it was started before, with Lua that runs first in each worker; files of such a start are never kept. */
export function restartOf(
  options: RuntimeOptions,
  boot: (options: RuntimeOptions) => Promise<Runtime> = bootRuntime,
): (prelude: string) => Promise<Runtime> {
  return (prelude) => boot({ ...options, prelude, keep: false })
}
