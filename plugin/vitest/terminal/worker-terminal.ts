import type { ProgressStream } from '../../base/progress.js'

/** How often Vitest draws its summary anew, and with it what was written since: each second in versions 3 to 5, and when a test ends. */
const REDRAWN_MS = 1000

/**
 * The terminal that Vitest writes to, as a worker has it: its own stderr is a pipe to Vitest. A line without an end stands above Vitest's
 * summary until that is drawn anew.
 * @param columns its width; 0 where Vitest writes to none
 */
export function workerTerminal(columns: number): ProgressStream {
  return { isTTY: columns > 0, columns, redrawnMs: REDRAWN_MS, write: (text) => process.stderr.write(text) }
}
