/** Where a command writes. Tests pass their own. */
export interface Terminal {
  readonly out: { write(text: string): unknown; readonly isTTY?: boolean }
  readonly err: { write(text: string): unknown; readonly isTTY?: boolean; readonly columns?: number }
  readonly env: Readonly<Record<string, string | undefined>>
}

/** One line that redraws itself on stderr; nothing where stderr is no terminal, so logs and pipes stay clean. */
export class Progress implements Disposable {
  readonly #err: Terminal['err']
  readonly #on: boolean

  constructor({ err }: Pick<Terminal, 'err'>) {
    this.#err = err
    this.#on = err.isTTY === true
  }

  show(text: string): void {
    if (this.#on) this.#err.write(`${CLEAR}${text.slice(0, (this.#err.columns ?? 80) - 1)}`)
  }

  [Symbol.dispose](): void {
    if (this.#on) this.#err.write(CLEAR)
  }
}

const CLEAR = '\r\u001b[2K'

/** Colours only for a terminal, and not where NO_COLOR says otherwise. */
export function wantsColour({ out, env }: Pick<Terminal, 'out' | 'env'>): boolean {
  return out.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb'
}
