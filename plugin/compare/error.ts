/** A comparison or benchmark that cannot be done. Codes that begin with `BENCH_SIDE` are wrong arguments, found before anything started. */
export class BenchError extends Error {
  override readonly name = 'BenchError'

  constructor(
    readonly code:
      | 'BENCH_SIDE_UNKNOWN'
      | 'BENCH_SIDE_NO_CONF'
      | 'BENCH_SIDE_DIRTY'
      | 'BENCH_SIDE_SAME'
      | 'BENCH_GIT'
      | 'BENCH_BOOT'
      | 'BENCH_LOAD'
      | 'BENCH_REQUEST'
      | 'BENCH_OPTION'
      | 'BENCH_FORMAT'
      | 'BENCH_ENVIRONMENT',
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options)
  }
}
