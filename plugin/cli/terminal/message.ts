/** What went wrong, for a user. An error without a code is a mistake of ours, and then its stack is what helps. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return 'code' in error ? error.message : (error.stack ?? error.message)
}
