import { performance } from 'node:perf_hooks'
import type { LoadFailure } from '../../types/load.js'

/** How long a call may go on once its signal was aborted, in ms: time to close a connection. */
export const GRACE_MS = 1000

/** What came of a call. Abandoned: it went on after its signal was aborted, and is no longer waited for. */
export type Outcome =
  | { readonly kind: 'completed' }
  | { readonly kind: 'threw'; readonly error: unknown }
  | { readonly kind: 'abandoned' }

/** One call of a `work` that is under way. */
export class Call {
  readonly n: number
  readonly startMs = performance.now()
  readonly #controller = new AbortController()
  readonly #abandoned: Promise<Outcome>
  #abandon: (outcome: Outcome) => void = () => {}
  #endedMs = Number.POSITIVE_INFINITY
  #ended: 'late' | 'stopped' | null = null

  constructor(n: number) {
    this.n = n
    this.#abandoned = new Promise((resolve) => {
      this.#abandon = resolve
    })
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Why it was told to end; null where it was not. */
  get ended(): 'late' | 'stopped' | null {
    return this.#ended
  }

  /** Runs to its end, or until it is abandoned. Never rejects: what then still fails, fails unheard. */
  run(work: () => unknown): Promise<Outcome> {
    return Promise.race([outcomeOf(work), this.#abandoned])
  }

  /** Tells it to end; it is abandoned where it does not. */
  end(why: 'late' | 'stopped', reason: unknown): void {
    if (this.#ended !== null) return
    this.#ended = why
    this.#endedMs = performance.now()
    this.#controller.abort(reason)
  }

  /** Looks at the time. @param lateReason of one that takes too long */
  expire(timeoutMs: number, lateReason: () => unknown): void {
    const nowMs = performance.now()
    if (nowMs - this.#endedMs >= GRACE_MS) this.#abandon({ kind: 'abandoned' })
    else if (this.#ended === null && nowMs - this.startMs >= timeoutMs) this.end('late', lateReason())
  }
}

async function outcomeOf(work: () => unknown): Promise<Outcome> {
  try {
    await work()
    return { kind: 'completed' }
  } catch (error) {
    return { kind: 'threw', error }
  }
}

/** What a call threw, as reports show it. */
export function failureOf(n: number, error: unknown): LoadFailure {
  if (!(error instanceof Error)) return { n, message: String(error) }
  // errors that gather others, such as one per address tried, say nothing themselves
  const message = error.message || String((error as { readonly code?: unknown }).code ?? error.name)
  const text = error.name === 'Error' ? message : `${error.name}: ${message}`
  return { n, message: text, ...(error.stack !== undefined && { stack: error.stack }) }
}
