import type { Runtime, RuntimeOptions } from '../../types/runtime.js'
import { FileServer } from './file-server.js'

/** A server for a test. */
export interface TakenServer {
  readonly server: FileServer
  /** Why it was started in the place of one that another test had, in a sentence. */
  readonly renewed?: string
}

/** How a server is started. */
export interface FileServerStart {
  readonly boot: (options: RuntimeOptions) => Promise<Runtime>
  /** Ends the start, and nothing later: the server outlives its test. */
  readonly signal: AbortSignal
}

/** The servers that the tests of one file share: one for each set of options, started when a test first asks for it. */
export class FileServers implements AsyncDisposable {
  readonly #servers = new Map<string, Promise<TakenServer>>()
  readonly #failures: unknown[] = []

  /**
   * The server of these options; another one where a test before has spoilt it, or where its workers are gone.
   * @param options without a signal
   */
  take(options: RuntimeOptions, how: FileServerStart): Promise<TakenServer> {
    const key = JSON.stringify(options)
    const taking = this.#takeAfter(this.#servers.get(key), options, how)
    this.#servers.set(key, taking)
    return taking
  }

  async #takeAfter(
    before: Promise<TakenServer> | undefined,
    options: RuntimeOptions,
    how: FileServerStart,
  ): Promise<TakenServer> {
    // A start that failed has cleaned up by itself, and its error went to the test that awaited it.
    const known = (await before?.catch(() => undefined))?.server
    if (!known) return { server: await start(options, how) }
    const why = known.spoilt ?? (await whyGone(known.runtime))
    if (why === undefined) return { server: known }
    await this.#stop(known)
    return {
      server: await start(options, how),
      renewed: `the server of the test file was started anew, since ${why}`,
    }
  }

  /** Ends all of them. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const taking of [...this.#servers.values()].reverse()) {
      const taken = await taking.catch(() => undefined)
      if (taken) await this.#stop(taken.server)
    }
    if (this.#failures.length > 0) throw new AggregateError(this.#failures, 'OpenResty could not be stopped cleanly')
  }

  /** That one does not stop is told at the end of the file: no test is to blame for the one before it. */
  async #stop({ runtime }: FileServer): Promise<void> {
    try {
      await runtime[Symbol.asyncDispose]()
    } catch (error) {
      this.#failures.push(error)
    }
  }
}

async function start(options: RuntimeOptions, { boot, signal }: FileServerStart): Promise<FileServer> {
  const starting = new AbortController()
  const abort = () => starting.abort(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  try {
    signal.throwIfAborted()
    return new FileServer(await boot({ ...options, signal: starting.signal }), options)
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

async function whyGone(runtime: Runtime): Promise<string | undefined> {
  try {
    if ((await runtime.workers()).length > 0) return undefined
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error
  }
  return 'the one before has ended'
}
