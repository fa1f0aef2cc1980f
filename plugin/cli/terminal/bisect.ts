import { EXIT } from './exit.js'

/**
 * What `git bisect run` makes of exit codes: 125 skips a commit, 1 to 127 otherwise call it bad, and more than that ends the search.
 * From git-bisect(1), "Bisect run".
 */
const BISECT = { good: 0, bad: 1, skip: 125, abort: 128 } as const

/** Errors that are about what is checked out, not about the arguments: another commit may have none of them. */
const OF_A_COMMIT = /^(?:BASELINE_|EXPLORE_|LOAD_SOURCE$|RUNTIME_(?!OPTIONS$))/

/** The exit code of `run` as git takes it. Wrong arguments, and a user who interrupts, end the search: no commit is to blame. */
export function bisectCode(code: number): number {
  switch (code) {
    case EXIT.passed:
      return BISECT.good
    case EXIT.failed:
      return BISECT.bad
    case EXIT.unmeasured:
      return BISECT.skip
    case EXIT.usage:
      return BISECT.abort
    default:
      return code
  }
}

/** For what was thrown before anything could be measured: a file that this commit lacks skips it, a mistake in the call ends the search. */
export function bisectCodeOf(error: unknown): number {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return OF_A_COMMIT.test(code) || lacksFile(error) ? BISECT.skip : BISECT.abort
}

function lacksFile(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const { code } = error as NodeJS.ErrnoException
  return code === 'ENOENT' || code === 'ENOTDIR' || lacksFile(error.cause)
}
