import type { Reporter } from 'vitest/node'
import { CLEAR_LINE, type ProgressStream } from '../../base/progress.js'

/**
 * Takes the line of progress away before Vitest prints what a test has logged, which would go on in that line: both are one write to Vitest,
 * which draws once a second. It has to stand before the reporter that prints.
 */
export class ProgressClearer implements Reporter {
  readonly #terminal: ProgressStream

  constructor(terminal: ProgressStream) {
    this.#terminal = terminal
  }

  onUserConsoleLog(): void {
    if (this.#terminal.isTTY) this.#terminal.write(CLEAR_LINE)
  }
}
