/** The time of a test ran out. `code` is `TEST_TIME_OVER`. */
export class TestTimeError extends Error {
  override readonly name = 'TestTimeError'
  readonly code = 'TEST_TIME_OVER'

  constructor(timeoutMs: number) {
    super(
      `the test's ${timeoutMs} ms ran out before the measurement ended. ` +
        `Its time follows from its plan: give the test { timeout: leakTimeout({ amount: ... }) }, or a smaller plan.`,
    )
  }
}

/**
 * Aborts with a TestTimeError a little before Vitest's own timeout, whose message could not say what to do.
 * A timeout of 0 or Infinity means none.
 */
export class Deadline implements Disposable {
  readonly #controller = new AbortController()
  readonly #timer: NodeJS.Timeout | undefined

  constructor(timeoutMs: number) {
    if (timeoutMs <= 0 || !Number.isFinite(timeoutMs)) return
    const margin = Math.min(timeoutMs / 20, 2000)
    this.#timer = setTimeout(() => this.#controller.abort(new TestTimeError(timeoutMs)), timeoutMs - margin)
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer)
  }
}
