import { once } from 'node:events'
import { performance } from 'node:perf_hooks'
import type { LoadPlan, LoadResult } from '../../types/load.js'
import type { RequestSpec } from '../../types/request.js'
import type { HttpClient } from '../lane/http-client.js'
import { aim, type LoadTarget } from '../plan/aim.js'
import { checkLoadPlan } from '../plan/plan.js'
import { parseRequest } from '../plan/request.js'
import { CLIENT_CLOSED } from '../plan/status.js'
import { type LoadProgress, progressMeter } from '../progress.js'
import { asAutocannonClient, clientMaker } from './client.js'
import { Connection } from './connection.js'
import { type DriveOptions, drive } from './drive.js'
import { type Part, type PartCount, planParts } from './part.js'
import { loadResult } from './result.js'
import { importScript, type LoadScript, scriptFailure } from './script.js'
import { driveThreads } from './threads.js'
import { type Http1Packet, http1Packet } from './wire.js'

export interface LoadOptions {
  /** Ends the load at once; load() then rejects with the signal's reason. */
  readonly signal?: AbortSignal
  /** Told about each 100 ms how far the load is. */
  readonly onProgress?: (progress: LoadProgress) => void
}

/**
 * Drives a plan against `target` (a Runtime is one) and counts what was completed: exactly `amount` answers, unless the
 * server loses more than it answers; then `completed` falls short and `gaveUp` says why. A request without an answer is
 * counted in `errors` and comes again. Throws a LoadError for a plan or a script that can't be driven.
 */
export async function load(target: LoadTarget, given: LoadPlan, options: LoadOptions = {}): Promise<LoadResult> {
  const { signal } = options
  checkLoadPlan(given)
  signal?.throwIfAborted()
  const parsed = given.requests.map(parseRequest)
  const aims = parsed.map((request) => aim(request, target, given.protocol))
  const protocols = aims.map(({ protocol }) => protocol)
  const requests = parsed.map((request, index) =>
    given.keepAlive === false && protocols[index] === 'http1' ? closing(request) : request,
  )
  const plan = requests.some(givesUp) ? { ...given, expectStatus: [...given.expectStatus, ONLY_CLIENT_CLOSED] } : given
  const script = plan.script === undefined ? null : await importScript(plan.script)
  const parts = planParts(plan, requests, aims)
  const onProgress = options.onProgress && progressMeter(options.onProgress, () => performance.now())
  const counts =
    parts.length > 1
      ? await driveThreads(parts, { script: plan.script, signal, onProgress })
      : [await driveHere(parts[0]!, { script, signal, onProgress })]
  const result = loadResult(plan, requests, counts, protocols)
  if (script?.done) await tellDone(script.done, result)
  return result
}

const ONLY_CLIENT_CLOSED = [CLIENT_CLOSED, CLIENT_CLOSED] as const

function givesUp({ abortAfterMs }: RequestSpec): boolean {
  return abortAfterMs !== undefined
}

/** The request on a connection of its own. A Connection header of the user's stays. */
function closing(request: RequestSpec): RequestSpec {
  const headers = request.headers ?? {}
  const has = Object.keys(headers).some((name) => name.toLowerCase() === 'connection')
  return has ? request : { ...request, headers: { ...headers, Connection: 'close' } }
}

/** Drives one part in this thread. */
export function driveHere(part: Part, options: Omit<DriveOptions, 'clients'>): Promise<PartCount> {
  const http2 = async () => (await import('../http2/client.js')).http2
  return drive(part, { ...options, clients: { http1, http2 } })
}

async function tellDone(hook: NonNullable<LoadScript['done']>, result: LoadResult): Promise<void> {
  try {
    await hook(result)
  } catch (cause) {
    throw scriptFailure('done', cause)
  }
}

/** autocannon's clients, one per connection. All numbers are the lane's own: autocannon's count what was sent. */
const http1: HttpClient<Http1Packet> = {
  encode: http1Packet,
  members: ({ connections }) => connections,
  async run(lane, { dial, connections }) {
    const makeClient = await clientMaker()
    await Promise.all(
      Array.from({ length: connections }, async () => {
        const setupClient = (client: unknown) => lane.join(new Connection(asAutocannonClient(client), lane, dial))
        await once(makeClient({ setupClient }), 'done')
      }),
    )
  },
}
