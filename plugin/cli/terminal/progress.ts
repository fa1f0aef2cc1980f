import type { ProgressStream } from '../../base/progress.js'
import type { TextOptions } from '../../report/terminal/text-options.js'

export { Progress } from '../../base/progress.js'

/** Where a command writes. Tests pass their own. */
export interface Terminal {
  readonly out: { write(text: string): unknown; readonly isTTY?: boolean; readonly columns?: number }
  readonly err: ProgressStream
  readonly env: Readonly<Record<string, string | undefined>>
}

/** Colours and width of what is printed: a terminal's own; a file or a pipe takes lines as long as they are. */
export function textOptions(terminal: Pick<Terminal, 'out' | 'env'>): TextOptions {
  const { isTTY, columns } = terminal.out
  return { colour: wantsColour(terminal), ...(isTTY && columns && { width: columns }) }
}

/** Colours only for a terminal, and not where NO_COLOR says otherwise. */
export function wantsColour({ out, env }: Pick<Terminal, 'out' | 'env'>): boolean {
  return out.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb'
}
