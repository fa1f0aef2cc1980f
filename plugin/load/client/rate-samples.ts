import { performance } from 'node:perf_hooks'

const SAMPLE_MS = 100

/** Looks at a count each 100 ms and keeps how fast it grew, in counts per second. */
export class RateSamples implements Disposable {
  readonly perSecond: number[] = []
  readonly #timer: NodeJS.Timeout

  /** `onSample` is told the count each time. */
  constructor(count: () => number, onSample?: (count: number) => void) {
    let lastCount = count()
    let lastMs = performance.now()
    this.#timer = setInterval(() => {
      const nowMs = performance.now()
      const now = count()
      this.perSecond.push(((now - lastCount) * 1000) / (nowMs - lastMs))
      lastCount = now
      lastMs = nowMs
      onSample?.(now)
    }, SAMPLE_MS)
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
  }
}
