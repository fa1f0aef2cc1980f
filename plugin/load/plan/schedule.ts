import { sumOf } from '../../base/sum.js'

/**
 * Which request comes next, so that after any number of them each kind has had its share: the kind that is furthest
 * behind its weight goes first (the earlier one where two are level). Ends after `amount`; Infinity never ends.
 * One that got no answer is given back and comes again.
 */
export class Schedule {
  readonly #shares: readonly number[]
  readonly #taken: number[]
  readonly #amount: number
  #total = 0

  constructor(weights: readonly number[], amount: number) {
    const sum = sumOf(weights)
    this.#shares = weights.map((weight) => weight / sum)
    this.#taken = weights.map(() => 0)
    this.#amount = amount
  }

  /** All are under way or done. */
  get exhausted(): boolean {
    return this.#total >= this.#amount
  }

  /** Index of the request to send. Ask `exhausted` first. */
  take(): number {
    this.#total++
    const next = this.#shares.length === 1 ? 0 : this.#furthestBehind()
    this.#taken[next] = this.#taken[next]! + 1
    return next
  }

  giveBack(index: number): void {
    this.#total--
    this.#taken[index] = this.#taken[index]! - 1
  }

  #furthestBehind(): number {
    let next = 0
    let most = Number.NEGATIVE_INFINITY
    for (let index = 0; index < this.#shares.length; index++) {
      const behind = this.#shares[index]! * this.#total - this.#taken[index]!
      if (behind > most + 1e-9) {
        most = behind
        next = index
      }
    }
    return next
  }
}

/** `amount` in whole parts by weight, exact in sum: the largest remainders are rounded up. Infinity stays Infinity. */
export function split(amount: number, weights: readonly number[]): number[] {
  if (amount === Number.POSITIVE_INFINITY) return weights.map(() => amount)
  const sum = sumOf(weights)
  const exact = weights.map((weight) => (amount * weight) / sum)
  const parts = exact.map(Math.floor)
  const missing = amount - sumOf(parts)
  const byRemainder = exact.map((value, index) => ({ index, rest: value - Math.floor(value) }))
  byRemainder.sort((a, b) => b.rest - a.rest || a.index - b.index)
  for (const { index } of byRemainder.slice(0, missing)) parts[index] = parts[index]! + 1
  return parts
}
