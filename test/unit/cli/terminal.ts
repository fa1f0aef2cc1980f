import type { Terminal } from '../../../plugin/cli/terminal/progress.js'

/** A terminal that remembers what was written to it. */
export function aTerminal(isTTY = false): Terminal & { readonly said: { out: string; err: string } } {
  const said = { out: '', err: '' }
  return {
    said,
    out: { isTTY, write: (text: string) => (said.out += text) },
    err: { isTTY, columns: 20, write: (text: string) => (said.err += text) },
    env: {},
  }
}
