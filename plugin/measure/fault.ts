/** Ends a run that can no longer be believed. Its message becomes the report's reason. */
export class Fault extends Error {
  override readonly name = 'Fault'
  readonly code = 'MEASURE_FAULT'
}
