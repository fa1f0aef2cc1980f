import { setTimeout as sleep } from 'node:timers/promises'

const STEP_MS = 10

/** Asks again and again until `ready` says so. False when `timeoutMs` is over first; throws what `ready` throws, or the signal's reason. */
export async function waitUntil(
  ready: () => boolean | Promise<boolean>,
  options: { readonly timeoutMs: number; readonly signal?: AbortSignal | undefined },
): Promise<boolean> {
  const deadline = performance.now() + options.timeoutMs
  for (;;) {
    options.signal?.throwIfAborted()
    if (await ready()) return true
    if (performance.now() > deadline) return false
    await sleep(STEP_MS)
  }
}
