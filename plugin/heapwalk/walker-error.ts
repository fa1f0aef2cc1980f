import { constants } from 'node:os'

export type WalkerErrorCode =
  | 'WALKER_MISSING'
  | 'WALKER_USAGE'
  | 'WALKER_CANNOT_READ'
  | 'WALKER_UNKNOWN_BUILD'
  | 'WALKER_NOT_EXACT'
  | 'WALKER_ENDED'
  | 'WALKER_PROTOCOL'

/** heapwalk could not be run or could not take an exact snapshot. */
export class WalkerError extends Error {
  override readonly name = 'WalkerError'
  readonly code: WalkerErrorCode

  constructor(code: WalkerErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

const CODES: Readonly<Record<number, WalkerErrorCode>> = {
  2: 'WALKER_USAGE',
  3: 'WALKER_CANNOT_READ',
  4: 'WALKER_UNKNOWN_BUILD',
  5: 'WALKER_NOT_EXACT',
}

/** The error for one of heapwalk's exit codes (nginx/walker/FORMAT.md) and what it said. */
export function walkerErrorFor(exitCode: number | null, text: string, what: string): WalkerError {
  const said = text.trim().replace(/^heapwalk: /, '') || `heapwalk ended with code ${exitCode}${signalText(exitCode)}`
  return new WalkerError(CODES[exitCode ?? -1] ?? 'WALKER_ENDED', `cannot ${what}: ${said}`)
}

/** A container's engine adds 128 to the number of the signal that ended a command, as shells do. */
function signalText(exitCode: number | null): string {
  const signal = Object.entries(constants.signals).find(([, number]) => exitCode === SIGNALLED + number)
  return signal ? ` (${signal[0]})` : ''
}

const SIGNALLED = 128
