import createDebug from 'debug'

/** A log of one part of the plugin, shown where DEBUG names it: `DEBUG=openresty-leak:*`. */
export function debugLog(part: string): (format: string, ...values: unknown[]) => void {
  return createDebug(`openresty-leak:${part}`)
}
