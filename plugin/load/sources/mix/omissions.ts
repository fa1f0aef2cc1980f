import type { LeftOut } from '../../../types/request.js'

/** Longest example of something that was left out, in characters: enough to find it again. */
const EXAMPLE = 120

/** Counts what is left out by its reason, and keeps the first of each. */
export class Omissions {
  readonly #byReason = new Map<string, { count: number; first: string }>()

  add(reason: string, first = '', count = 1): void {
    const known = this.#byReason.get(reason)
    if (known) known.count += count
    else this.#byReason.set(reason, { count, first: printable(first) })
  }

  /** Most first. */
  get all(): readonly LeftOut[] {
    return [...this.#byReason]
      .map(([reason, { count, first }]) => ({ reason, count, ...(first !== '' && { first }) }))
      .sort((one, other) => other.count - one.count || (one.reason < other.reason ? -1 : 1))
  }
}

/** What is shown of a hostile line: its beginning, without anything that a terminal would act on. */
function printable(text: string): string {
  const cut = text.length > EXAMPLE ? `${text.slice(0, EXAMPLE)}...` : text
  return cut.replace(/[^\x20-\x7e]/g, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`)
}
