/** A test asks for `openresty` and cannot have it. `code` is `TEST_FOREIGN`. */
export class ForeignTestError extends Error {
  override readonly name = 'ForeignTestError'
  readonly code = 'TEST_FOREIGN'
}

/**
 * Makes `openresty` of a context that has none an error that says where it comes from: Vitest's own `test`, imported or global,
 * would give `undefined`, and the test would fail with "Cannot read properties of undefined".
 * What sets it later, as the fixture does, is taken.
 */
export function explainForeignTest(context: object): void {
  if ('openresty' in context) return
  Object.defineProperty(context, 'openresty', {
    configurable: true,
    enumerable: false,
    get: foreignTest,
    set: (value: unknown) => Object.defineProperty(context, 'openresty', { value, writable: true, enumerable: true }),
  })
}

function foreignTest(): never {
  const error = new ForeignTestError(
    "this test is Vitest's own, whose context has no openresty: import { expect, test } from 'vitest-openresty-leak/test'.",
  )
  Error.captureStackTrace(error, foreignTest)
  throw error
}
