/** The time of a test ran out. `code` is `TEST_TIME_OVER`. */
export class TestTimeError extends Error {
  override readonly name = 'TestTimeError'
  readonly code = 'TEST_TIME_OVER'

  constructor(timeoutMs: number, { step, advice }: { readonly step?: string | undefined; readonly advice: string }) {
    const doing = step === undefined ? '' : ` Last step: ${step}.`
    super(`the test's ${timeoutMs} ms ran out before the measurement ended.${doing} ${advice}`)
  }
}

/** What a measurement that is under way asks of the time of its test. */
export interface MeasurementTime {
  /** As a test would name it: its requests together. */
  readonly amount: number
  /** How long it may take at the very most, in ms. */
  readonly mostMs: number
}

/**
 * Aborts with a TestTimeError a little before Vitest's own timeout, whose message could not say what to do.
 * A timeout of 0 or Infinity means none.
 */
export class Deadline implements Disposable {
  readonly #controller = new AbortController()
  readonly #timer: NodeJS.Timeout | undefined
  readonly #timeoutMs: number
  readonly #hasPlugin: boolean
  #step: string | undefined
  #measurement: MeasurementTime | undefined

  /** @param hasPlugin false where nobody has set a timeout that fits a measurement */
  constructor(timeoutMs: number, { hasPlugin }: { readonly hasPlugin: boolean }) {
    this.#timeoutMs = timeoutMs
    this.#hasPlugin = hasPlugin
    if (timeoutMs <= 0 || !Number.isFinite(timeoutMs)) return
    this.#timer = setTimeout(() => this.#controller.abort(this.#error()), timeoutMs - marginMs(timeoutMs))
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** What the test is doing now, and for which measurement. */
  noteStep(step: string, measurement?: MeasurementTime): void {
    this.#step = step
    if (measurement) this.#measurement = measurement
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer)
  }

  #error(): TestTimeError {
    return new TestTimeError(this.#timeoutMs, { step: this.#step, advice: this.#advice() })
  }

  #advice(): string {
    if (!this.#hasPlugin) {
      return "The plugin, which gives leak tests a timeout that fits their plan, is not in Vitest's config: add plugins: [openrestyLeak()]."
    }
    const { amount, mostMs } = this.#measurement ?? {}
    if (amount === undefined || mostMs === undefined)
      return 'Give the test a longer timeout, or none: the plugin sets one.'
    return mostMs > this.#timeoutMs
      ? `Its time follows from its plan: give the test { timeout: leakTimeout({ amount: ${amount} }) }, which is ${mostMs} ms, or a smaller plan.`
      : 'Several measurements in one test need their time together: give each a test of its own, or the test the sum of their leakTimeout().'
  }
}

/** Time for the test to hear of it first: Vitest's timer began with the fixtures, a little before ours. */
function marginMs(timeoutMs: number): number {
  return Math.min(Math.max(timeoutMs / 20, Math.min(250, timeoutMs / 2)), 2000)
}
