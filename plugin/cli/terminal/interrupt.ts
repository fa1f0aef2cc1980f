import { EXIT } from './exit.js'

/** The user, or whoever runs us, asked to stop. `code` is `INTERRUPTED`. */
export class InterruptError extends Error {
  override readonly name = 'InterruptError'
  readonly code = 'INTERRUPTED'

  constructor(readonly signal: NodeJS.Signals) {
    super(`interrupted by ${signal}`)
  }
}

/** Aborts on SIGINT, SIGTERM and SIGHUP, so that everything started is ended in order; a second signal ends the process at once. */
export class Interrupt implements Disposable {
  readonly #controller = new AbortController()
  readonly #signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  readonly #onSignal = (signal: NodeJS.Signals) => {
    // The walker ends nginx when this process dies, so even the impatient leave no server behind.
    if (this.#controller.signal.aborted) process.exit(EXIT.interrupted)
    this.#controller.abort(new InterruptError(signal))
  }

  constructor() {
    for (const signal of this.#signals) process.on(signal, this.#onSignal)
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  [Symbol.dispose](): void {
    for (const signal of this.#signals) process.off(signal, this.#onSignal)
  }
}
