import { LoadError } from '../error.js'

const SECONDS: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3600 }

/** `'10s'`, `'500ms'`, `'1.5m'` or a number of seconds, in seconds. Throws a LoadError `LOAD_BAD_PLAN` that names the option. */
export function parseSeconds(option: string, input: string | number): number {
  if (typeof input === 'number') return input
  const [, digits, unit] = /^\s*(\d+(?:\.\d+)?|\.\d+)\s*(ms|s|m|h)\s*$/.exec(input) ?? []
  if (digits === undefined) {
    throw new LoadError(
      'LOAD_BAD_PLAN',
      `${option} '${input}' can't be read: write '10s', '500ms', '1.5m' or a number of seconds`,
    )
  }
  return Number(digits) * SECONDS[unit!]!
}
