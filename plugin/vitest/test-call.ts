import { debugLog } from '../base/debug.js'

const log = debugLog('test')

/**
 * What a test called, as the test sees it: it ends with the signal's reason at once, however long it takes to clean up after it,
 * so that Vitest's own timeout, which could not say what to do, never comes first. An error of ours shows the line of the test and
 * none of our frames, which `DEBUG=openresty-leak:test` prints; one without a code is a mistake of ours and keeps its own.
 * @param callee the method that the test called
 */
export async function testCall<T>(
  callee: (...args: never[]) => unknown,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  const here = { stack: '' }
  Error.captureStackTrace(here, callee)
  const ended = new AbortController()
  try {
    signal.throwIfAborted()
    const aborted = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true, signal: ended.signal })
    })
    return await Promise.race([work(), aborted])
  } catch (error) {
    throw seenFrom(here.stack, error)
  } finally {
    ended.abort()
  }
}

/** An error of ours as it is seen from a line of the user's: with this stack, and without what its cause only repeats. */
export function seenFrom(stack: string, error: unknown): unknown {
  if (!(error instanceof Error && 'code' in error)) return error
  log('%O', error)
  const frames = stack.split('\n').slice(1)
  error.stack = [`${error.name}: ${error.message}`, ...frames].join('\n')
  const { cause } = error
  if (!(cause instanceof Error)) return error
  // What the message says already is not said again.
  if ('errno' in cause || error.message.includes(cause.message)) delete error.cause
  else cause.stack = `${cause.name}: ${cause.message}`
  return error
}
