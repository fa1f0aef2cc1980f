import type { RuntimeOptions } from '../../types/runtime.js'

/** nginx itself is up in milliseconds; init_by_lua may read large files, and each location may parse the certificates of all authorities anew. */
const DEFAULT_MS = 60_000

/** How to wait longer, for an error that says how long was waited. */
export const LONGER_START = '--start-timeout 3m, in a test startTimeoutMs: 180_000'

/** Longest wait for nginx to serve, in ms. */
export function startTimeoutMs({ startTimeoutMs = DEFAULT_MS }: Pick<RuntimeOptions, 'startTimeoutMs'>): number {
  return startTimeoutMs
}
