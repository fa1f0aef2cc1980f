/** Where progress is drawn. */
export interface ProgressStream {
  write(text: string): unknown
  readonly isTTY?: boolean
  readonly columns?: number
  /** Somebody else draws there, too, and takes the line away at most this often, in ms. Default: nobody does. */
  readonly redrawnMs?: number
}

/** Goes back to the start of a terminal's line, and empties it. */
export const CLEAR_LINE = '\r\u001b[2K'

/** One line that redraws itself on stderr; nothing where stderr is no terminal, so logs and pipes stay clean. */
export class Progress implements Disposable {
  readonly #err: ProgressStream
  #timer: NodeJS.Timeout | undefined
  #line: string | undefined

  constructor({ err }: { readonly err: ProgressStream }) {
    this.#err = err
  }

  show(text: string): void {
    const { isTTY, columns = 80, redrawnMs } = this.#err
    if (!isTTY) return
    this.#line = `${CLEAR_LINE}${text.slice(0, columns - 1)}`
    this.#err.write(this.#line)
    if (redrawnMs === undefined) return
    // Twice as often as it is taken away, or a step of some seconds would be seen for one of them.
    this.#timer ??= setInterval(() => this.#err.write(this.#line!), redrawnMs / 2).unref()
    this.#timer.refresh()
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
    if (this.#line !== undefined) this.#err.write(CLEAR_LINE)
    this.#timer = undefined
    this.#line = undefined
  }
}
