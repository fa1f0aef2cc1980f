import type { ProgressStream } from '../../base/progress.js'

export { Progress } from '../../base/progress.js'

/** Where a command writes. Tests pass their own. */
export interface Terminal {
  readonly out: { write(text: string): unknown; readonly isTTY?: boolean }
  readonly err: ProgressStream
  readonly env: Readonly<Record<string, string | undefined>>
}

/** Colours only for a terminal, and not where NO_COLOR says otherwise. */
export function wantsColour({ out, env }: Pick<Terminal, 'out' | 'env'>): boolean {
  return out.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb'
}
