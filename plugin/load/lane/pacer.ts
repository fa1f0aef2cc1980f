/**
 * The plan of a fixed rate: request k is due at start + k / rate, whether or not a connection is free then. Latency
 * counts from the due time, so that requests which a stalled server kept from being sent on time carry the stall too
 * (coordinated omission, corrected as wrk2 does it; autocannon's own correction takes every interval for 1 ms).
 */
export class Pacer {
  readonly #intervalMs: number
  #startMs = 0
  #issued = 0

  constructor(ratePerSecond: number) {
    this.#intervalMs = 1000 / ratePerSecond
  }

  start(nowMs: number): void {
    this.#startMs = nowMs
  }

  /** When the next request is due. */
  get dueMs(): number {
    return this.#startMs + this.#issued * this.#intervalMs
  }

  /** The next request was sent. */
  advance(): void {
    this.#issued++
  }

  /** How many requests were due before `endMs`. */
  dueBefore(endMs: number): number {
    return Math.max(0, Math.ceil((endMs - this.#startMs) / this.#intervalMs))
  }
}
