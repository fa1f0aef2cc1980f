/** Arguments that make no sense. `code` is `USAGE`. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
  readonly code = 'USAGE'
}
