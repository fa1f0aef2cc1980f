/** Methods that RFC 9110 (9.2.1) calls safe, and that a server answers: they ask, and change nothing. */
const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

/** Whether a method asks without changing anything. */
export function isSafe(method: string): boolean {
  return SAFE.has(method)
}

/** A method that can be sent at all: CONNECT has no path, and what is no upper-case word is noise of a scanner. */
export function isMethod(method: string): boolean {
  return /^[A-Z][A-Z-]{1,19}$/.test(method) && method !== 'CONNECT' && method !== 'PRI'
}
