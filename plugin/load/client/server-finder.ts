import type { LoadPlan } from '../../types/load.js'
import type { Place, PlaceServer } from '../../types/place.js'
import type { RequestSpec } from '../../types/request.js'
import { LoadError } from '../error.js'
import { aim, type LoadTarget } from '../plan/aim.js'
import { namesItsServer } from '../plan/request.js'
import { allowsStatus } from '../plan/status.js'
import { driveHere } from './autocannon.js'
import { planParts } from './part.js'
import type { ScriptAnswer } from './script.js'

/** A server of the conf, where it listens, and the host to ask it by; undefined where it is asked by its address. */
interface Candidate {
  readonly place: Place
  readonly server: PlaceServer
  readonly host: string | undefined
}

/** What nginx answers where Lua ends with an error. */
const ITS_CODE_FAILED = 500

/** Answers that are told one by one. */
const MOST = 12

export type FinderPlan = Pick<LoadPlan, 'expectStatus' | 'timeoutS' | 'protocol'>

/**
 * Finds for each request of a measurement that names no port, socket or host the first server of the conf that serves it, by asking one
 * after the other once: those that an address alone reaches, then those that need their name. Served is what is answered as expected, unless
 * by a redirect of the same path to elsewhere (http to https). Where nobody serves it, it goes to the first, as all do where there is one only.
 * A server that answers 500 is no less the one that was meant: its code fails, which has to be told, and not another server to be measured.
 * What was found for a request holds for as long as the finder does.
 */
export class ServerFinder {
  readonly #target: LoadTarget
  readonly #found = new Map<string, RequestSpec>()
  readonly #notes: string[] = []

  constructor(target: LoadTarget) {
    this.#target = target
  }

  /** What was found that is not where a request would go without looking, and who was asked in vain, in sentences. */
  get notes(): readonly string[] {
    return this.#notes
  }

  /** The requests, each with the port or socket of its server, and where it needs one its host. */
  async place(
    requests: readonly RequestSpec[],
    plan: FinderPlan,
    signal?: AbortSignal,
  ): Promise<readonly RequestSpec[]> {
    const placed: RequestSpec[] = []
    for (const request of requests) placed.push(await this.#placeOne(request, plan, signal))
    return placed
  }

  async #placeOne(request: RequestSpec, plan: FinderPlan, signal: AbortSignal | undefined): Promise<RequestSpec> {
    const candidates = candidatesOf(this.#target)
    if (candidates.length < 2 || namesItsServer(request)) return request
    const key = JSON.stringify([request.method, request.path, request.headers, request.body])
    const found = this.#found.get(key) ?? (await this.#look(request, candidates, plan, signal))
    this.#found.set(key, found)
    const { port, socket, headers } = found
    return {
      ...request,
      ...(port !== undefined && { port }),
      ...(socket !== undefined && { socket }),
      ...(headers && { headers }),
    }
  }

  async #look(
    request: RequestSpec,
    candidates: readonly Candidate[],
    plan: FinderPlan,
    signal: AbortSignal | undefined,
  ): Promise<RequestSpec> {
    const passed: string[] = []
    for (const candidate of candidates) {
      const sent = at(request, candidate)
      const answer = await ask(sent, this.#target, plan, signal)
      if (answer && (isServed(answer, sent, plan) || answer.status === ITS_CODE_FAILED)) {
        if (passed.length > 0) this.#notes.push(noteOf(request, candidate, passed))
        return sent
      }
      if (answer) passed.push(`${nameOf(candidate)} answers ${answer.status}`)
    }
    if (passed.length > 0) {
      this.#notes.push(`no server of the conf serves ${request.name ?? request.path}: ${listOf(passed)}`)
    }
    return request
  }
}

/** The servers of http: first each that an address alone reaches, then those behind it that a name does. */
function candidatesOf({ places = [] }: LoadTarget): readonly Candidate[] {
  const http = places.filter(({ protocol }) => protocol === 'http')
  const ports = http.filter(({ port }) => port !== null)
  const ordered = [...ports, ...http.filter(({ port }) => port === null)]
  const byAddress = ordered.flatMap((place) =>
    place.servers.slice(0, 1).map((server) => ({ place, server, host: undefined })),
  )
  const byName = ordered.flatMap((place) =>
    place.servers.slice(1).flatMap((server) => server.names.slice(0, 1).map((host) => ({ place, server, host }))),
  )
  return [...byAddress, ...byName]
}

function at(request: RequestSpec, { place, host }: Candidate): RequestSpec {
  const { port, socket } = place
  return {
    ...request,
    ...(port === null ? { socket: socket! } : { port }),
    ...(host !== undefined && { headers: { ...request.headers, Host: host } }),
  }
}

/** One answer; null from who speaks something else, or says nothing. */
async function ask(
  request: RequestSpec,
  target: LoadTarget,
  { expectStatus, timeoutS, protocol }: FinderPlan,
  signal: AbortSignal | undefined,
): Promise<ScriptAnswer | null> {
  const { abortAfterMs, ...whole } = request
  const aims = aimsOf(whole, target, protocol)
  if (!aims) return null
  const plan: LoadPlan = {
    requests: [whole],
    amount: 1,
    connections: 1,
    expectStatus,
    ...(timeoutS !== undefined && { timeoutS }),
  }
  let seen: ScriptAnswer | null = null
  const response = (answer: ScriptAnswer) => {
    seen = answer
  }
  await driveHere(planParts(plan, [whole], aims)[0]!, { script: { response }, signal, onProgress: undefined })
  return seen
}

function aimsOf(request: RequestSpec, target: LoadTarget, protocol: LoadPlan['protocol']) {
  try {
    return [aim(request, target, protocol)]
  } catch (error) {
    if (error instanceof LoadError && error.code === 'LOAD_PROTOCOL') return undefined
    throw error
  }
}

function isServed({ status, headers }: ScriptAnswer, { path }: RequestSpec, { expectStatus }: FinderPlan): boolean {
  if (!allowsStatus(expectStatus, status)) return false
  const { location } = headers
  if (status < 300 || location === undefined || !URL.canParse(location)) return true
  const { pathname, search } = new URL(location)
  return `${pathname}${search}` !== path
}

function nameOf({ place, server, host }: Candidate): string {
  return `${place.name}${host === undefined ? '' : `, server ${host}`} (${server.at})`
}

function noteOf({ name, path }: RequestSpec, candidate: Candidate, passed: readonly string[]): string {
  return `${name ?? path} goes to ${nameOf(candidate)}, the first server of the conf that serves it: ${listOf(passed)}`
}

function listOf(passed: readonly string[]): string {
  const more = passed.length > MOST ? ` and ${passed.length - MOST} more` : ''
  return `${passed.slice(0, MOST).join(', ')}${more}`
}
