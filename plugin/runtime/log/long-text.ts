/** Characters that are kept of either end. */
const END = 16 << 20

/** A text that may grow without bound: its beginning and its end are kept. */
export class LongText {
  readonly #ends: number
  #begin = ''
  #end = ''
  #left = 0

  /** @param ends characters to keep of either end */
  constructor(ends = END) {
    this.#ends = ends
  }

  push(text: string): void {
    const room = this.#ends - this.#begin.length
    this.#begin += text.slice(0, room)
    this.#end += text.slice(room)
    // cut seldom: each cut copies what stays
    if (this.#end.length > 2 * this.#ends) this.#cut()
  }

  get text(): string {
    this.#cut()
    const gap = this.#left > 0 ? `\n... (${this.#left} characters left out)\n` : ''
    return `${this.#begin}${gap}${this.#end}`
  }

  #cut(): void {
    const over = this.#end.length - this.#ends
    if (over <= 0) return
    this.#left += over
    this.#end = this.#end.slice(over)
  }
}
