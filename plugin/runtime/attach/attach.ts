import { once } from 'node:events'
import { connect } from 'node:net'
import { addressOf, SOCKET_URL } from '../../base/address.js'
import { RuntimeError } from '../../base/runtime-error.js'
import { waitUntil } from '../../base/wait.js'
import type { LiveNginx, LiveTarget } from '../../heapwalk/live.js'
import { processOf } from '../../heapwalk/nginx-process.js'
import type { OtherProcess, Runtime, Worker } from '../../types/runtime.js'
import type { NginxCounters, Snapshot } from '../../types/snapshot.js'
import { openLive } from './open-live.js'

/** A server that somebody else started, and where it can be reached from here. */
export type AttachOptions = LiveTarget & {
  /** `http://127.0.0.1:8000`, or `http://unix:/run/app.sock:`. */
  readonly url: string
  /** How long to wait for a server that is still starting, in ms. Default 0: it must be there. */
  readonly startTimeoutMs?: number
}

const ANSWER_TIMEOUT_MS = 10_000

const NOTICES = [
  'attached to a running server: it is neither restarted nor reloaded, and its conf is taken as it is',
  'its error log and access log are its own: a failing request shows only its status here',
]

/** Measures a server without starting or ending it. Disposing it leaves the server as it was. */
class AttachedRuntime implements Runtime {
  readonly kind = 'attach'
  readonly description: string
  readonly url: string
  readonly notices = NOTICES
  readonly listens = null
  readonly #live: LiveNginx
  #disposing: Promise<void> | undefined

  constructor(live: LiveNginx, url: string) {
    this.#live = live
    this.url = url
    this.description = `nginx of ${live.description}`
  }

  origin(confPort: number): string {
    if (addressOf(this.url).kind === 'unix') {
      throw new RuntimeError(
        'RUNTIME_PORT_UNKNOWN',
        `port ${confPort} of a server that was attached to by its socket is not known: give the URL of that port.`,
      )
    }
    const url = new URL(this.url)
    url.port = String(confPort)
    return url.origin
  }

  async workers(): Promise<readonly Worker[]> {
    return (await this.#live.workers()).map(({ pid }) => ({ pid }))
  }

  async others(): Promise<readonly OtherProcess[]> {
    return (await this.#live.others()).map(({ pid, title }) => ({ pid, title }))
  }

  /** Times are taken of workers that are new in each round, so not of these. */
  async workersHere(): Promise<null> {
    return null
  }

  async snapshot(pid: number): Promise<Snapshot> {
    return this.#live.heapwalk.snapshot(await processOf(this.#live, pid))
  }

  async counters(): Promise<NginxCounters | null> {
    const [worker] = await this.#live.workers()
    return this.#live.heapwalk.counters(worker!)
  }

  async errorLog(): Promise<string> {
    return ''
  }

  async complaints(): Promise<null> {
    return null
  }

  async reload(): Promise<void> {
    throw new RuntimeError(
      'RUNTIME_RELOAD_FAILED',
      'a server that was attached to is not reloaded: it belongs to whoever started it. Let the test start it, or reload it yourself between two measurements.',
    )
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#disposing ??= Promise.resolve(this.#live[Symbol.asyncDispose]())
    return this.#disposing
  }
}

/**
 * A runtime over a server that somebody else started.
 * @throws RuntimeError for a url that is none, a server that does not answer there, or no such container; WalkerError for what cannot be read
 */
export async function attachRuntime(options: AttachOptions): Promise<Runtime> {
  const url = parseUrl(options.url)
  const live = await openLive(options)
  try {
    await awaitStart(live, url, options.startTimeoutMs ?? 0)
    return new AttachedRuntime(live, url)
  } catch (error) {
    await live[Symbol.asyncDispose]()
    throw error
  }
}

/** @throws what stood in the way at the last try */
async function awaitStart(live: LiveNginx, url: string, timeoutMs: number): Promise<void> {
  let why: unknown
  const hasStarted = async () => {
    try {
      await live.workers()
      await assertAnswers(url)
      return true
    } catch (error) {
      why = error
      return false
    }
  }
  if (!(await waitUntil(hasStarted, { timeoutMs }))) throw why
}

/** The origin of a URL. */
function parseUrl(text: string): string {
  const onSocket = SOCKET_URL.exec(text)
  if (onSocket) return `${onSocket[1]}//unix:${onSocket[2]}:`
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url && /^https?:$/.test(url.protocol)) return url.origin
  throw new RuntimeError('RUNTIME_OPTIONS', `'${text}' is no URL of a server: write it like http://127.0.0.1:8000.`)
}

/** Whether anything listens there; a request would be counted. */
async function assertAnswers(url: string): Promise<void> {
  const { kind, ...where } = addressOf(url)
  const socket = connect({ ...where, timeout: ANSWER_TIMEOUT_MS })
  try {
    await Promise.race([
      once(socket, 'connect'),
      once(socket, 'timeout').then(() => Promise.reject(new Error('timeout'))),
    ])
  } catch (cause) {
    throw new RuntimeError('RUNTIME_STOPPED', `nothing answers at ${url}: ${(cause as Error).message}.`, {
      cause,
    })
  } finally {
    socket.destroy()
  }
}
