/** Where progress is drawn. */
export interface ProgressStream {
  write(text: string): unknown
  readonly isTTY?: boolean
  readonly columns?: number
}

/** One line that redraws itself on stderr; nothing where stderr is no terminal, so logs and pipes stay clean. */
export class Progress implements Disposable {
  readonly #err: ProgressStream
  #drawn = false

  constructor({ err }: { readonly err: ProgressStream }) {
    this.#err = err
  }

  show(text: string): void {
    if (!this.#err.isTTY) return
    this.#err.write(`${CLEAR}${text.slice(0, (this.#err.columns ?? 80) - 1)}`)
    this.#drawn = true
  }

  [Symbol.dispose](): void {
    if (this.#drawn) this.#err.write(CLEAR)
    this.#drawn = false
  }
}

const CLEAR = '\r\u001b[2K'
