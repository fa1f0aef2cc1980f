import type { RuntimeOptions } from '../../types/runtime.js'
import { BOOT_DEFAULTS } from './boot-defaults.js'

/** How to wait longer, for an error that says how long was waited. */
export const LONGER_START = '--start-timeout 3m, in a test startTimeoutMs: 180_000'

/** Longest wait for nginx to serve, in ms. */
export function startTimeoutMs({
  startTimeoutMs = BOOT_DEFAULTS.startTimeoutMs,
}: Pick<RuntimeOptions, 'startTimeoutMs'>): number {
  return startTimeoutMs
}
