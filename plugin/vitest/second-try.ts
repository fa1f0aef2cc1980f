import { headline } from '../report/terminal/headline.js'
import { palette } from '../report/terminal/palette.js'
import type { LeakReport } from '../types/report.js'

/** A test that failed for a leak is not measured a second time. `code` is `TEST_RETRIED`. */
export class SecondTryError extends Error {
  override readonly name = 'SecondTryError'
  readonly code = 'TEST_RETRIED'
}

/** How a test did in the tries before; the same in all versions of Vitest. */
export interface EarlierTries {
  /** How often it was tried before this time. */
  readonly retryCount?: number | undefined
  readonly errors?: readonly { readonly message: string }[] | undefined
}

/**
 * A verdict is no matter of luck: it stands on every round of its run, and another run takes as long and says the same.
 * What failed for another reason (a threshold, a run that could not be measured, an error) is tried again as Vitest is told to.
 * @returns the error of a second try where an earlier one failed for a leak in one of these reports, else undefined
 */
export function secondTryError(
  { retryCount = 0, errors = [] }: EarlierTries,
  reports: readonly LeakReport[],
): SecondTryError | undefined {
  if (retryCount === 0) return undefined
  const found = reports
    .filter(({ verdict, passed }) => verdict === 'leak' && !passed)
    .map((report) => headline(report, palette(false)))
    .find((words) => errors.some(({ message }) => message.includes(words)))
  if (found === undefined) return undefined
  return new SecondTryError(
    `not measured again, since the try before has found it: ${found}. A leak is no matter of luck, and a second run would only hide a rare one: give leak tests { retry: 0 }, as defineLeakProject() does.`,
  )
}
