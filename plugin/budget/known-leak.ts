import { PathError, parsePattern } from '../heap/path.js'
import type { CheckedLeak, KnownLeak } from '../types/budget.js'
import type { Pattern } from '../types/path.js'

/** A known leak that cannot be read or is no longer accepted. `code` is `KNOWN_LEAK`. */
export class KnownLeakError extends Error {
  override readonly name = 'KnownLeakError'
  readonly code = 'KNOWN_LEAK'
}

/**
 * One known leak as the command line writes it: `PATH=reason`, or `PATH=reason@2027-01-31`.
 * @throws KnownLeakError for text that has no path and reason
 */
export function parseKnownArgument(argument: string): KnownLeak {
  const at = firstOutsideKeys(argument, '=')
  const [path, said] = [argument.slice(0, at).trim(), argument.slice(at + 1)]
  if (at <= 0 || said.trim() === '') {
    throw new KnownLeakError(
      `'${argument}' is no known leak: write PATH=reason or PATH=reason@DATE, such as 'package.loaded.vendor.**=vendored, fix ordered@2027-01-31'`,
    )
  }
  const dated = /^(.*)@(\d{4}-\d\d-\d\d)$/s.exec(said.trim())
  return dated ? { path, reason: dated[1]!.trim(), until: dated[2]! } : { path, reason: said.trim() }
}

/**
 * The known leak with its path read, if it may still be one.
 * @param now for those that expire
 * @throws KnownLeakError for a path that cannot be read, a missing reason, a date that is none, and one that is past
 */
export function checkKnownLeak(known: KnownLeak, now: Date): CheckedLeak {
  const checked = { ...known, pattern: readPattern(known.path) }
  const { path, reason, until } = known
  if (typeof reason !== 'string' || reason.trim() === '') {
    throw new KnownLeakError(`known leak '${path}' has no reason: say why it is accepted`)
  }
  if (until === undefined) return checked
  if (!isDate(until)) {
    throw new KnownLeakError(
      `until of known leak '${path}' is ${JSON.stringify(until)}; write a date such as 2027-01-31`,
    )
  }
  if (now.toISOString().slice(0, 10) > until) {
    throw new KnownLeakError(`known leak '${path}' expired on ${until} (${reason}): mend it, or set a later date`)
  }
  return checked
}

function readPattern(path: string): Pattern {
  try {
    return parsePattern(path)
  } catch (cause) {
    if (!(cause instanceof PathError)) throw cause
    throw new KnownLeakError(`known leak ${cause.message}`, { cause })
  }
}

/** Date.parse takes February 30 for March 2. */
function isDate(text: string): boolean {
  const date = new Date(`${text}T00:00:00Z`)
  return /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text)
}

/** Keys such as ["a=b"] may hold the sign. */
function firstOutsideKeys(text: string, sign: string): number {
  const keys = /\["(?:[^"\\]|\\.)*"[^\]]*\]/g
  const masked = text.replace(keys, (key) => ' '.repeat(key.length))
  return masked.indexOf(sign)
}
