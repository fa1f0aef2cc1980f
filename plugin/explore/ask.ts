import { load } from '../load/client/autocannon.js'
import { ServerFinder } from '../load/client/server-finder.js'
import type { LoadTarget } from '../load/plan/aim.js'
import { nameOf } from '../load/plan/request.js'
import { allowsStatus } from '../load/plan/status.js'
import type { Candidate } from '../load/sources/mix/candidate.js'
import type { LoadResult } from '../types/load.js'
import type { Plan } from '../types/plan.js'
import type { NotMeasured, RequestSpec } from '../types/request.js'

/** Requests that are asked side by side: those that are never answered must not hold up the others. */
const AT_ONCE = 32
/** Longest wait for an answer, in seconds: what takes longer is no request for a load of thousands. */
const LONGEST_S = 5

export interface AskOptions {
  readonly plan: Pick<Plan, 'expectStatus' | 'timeoutS' | 'keepAlive' | 'protocol' | 'streams'>
  readonly signal: AbortSignal | undefined
  /** Told how many have been asked. */
  readonly onAsked?: (asked: number) => void
  /** Sends them, and finds the server of each. Default: as the load does, so that what is answered here is answered there. */
  readonly send?: typeof load
}

export interface Asked<T extends Candidate> {
  readonly answering: readonly RequestSpec[]
  readonly refused: readonly Refused<T>[]
}

export interface Refused<T extends Candidate> extends NotMeasured {
  readonly candidate: T
}

/** Asks each candidate once, its attempts in turn until one is answered as expected. The order stays. */
export async function askOnce<T extends Candidate>(
  target: LoadTarget,
  candidates: readonly T[],
  options: AskOptions,
): Promise<Asked<T>> {
  const results = new Array<RequestSpec | Refused<T>>(candidates.length)
  const finder = new ServerFinder(target)
  let next = 0
  let asked = 0
  const askOn = async () => {
    while (next < candidates.length) {
      const index = next++
      results[index] = await firstAnswered(target, finder, candidates[index]!, options)
      options.onAsked?.(++asked)
    }
  }
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, candidates.length) }, askOn))
  return {
    answering: results.filter((result): result is RequestSpec => !('reason' in result)),
    refused: results.filter((result): result is Refused<T> => 'reason' in result),
  }
}

async function firstAnswered<T extends Candidate>(
  target: LoadTarget,
  finder: ServerFinder,
  candidate: T,
  options: AskOptions,
): Promise<RequestSpec | Refused<T>> {
  let why: Refused<T> | undefined
  for (const request of candidate.attempts) {
    const answer = await ask(target, finder, request, options)
    if (!('reason' in answer)) return answer
    // what the first was answered says most: it is what was meant
    why ??= { candidate, request: nameOf(request), ...answer }
  }
  return why!
}

/** What a load refuses to aim at, such as a port that a URL names and the conf does not listen on. */
const NO_AIM: ReadonlySet<unknown> = new Set(['RUNTIME_PORT_UNKNOWN', 'LOAD_NO_LISTEN', 'LOAD_PROTOCOL'])

/** The request, with the server that it goes to, where the answer is as expected. */
async function ask(
  target: LoadTarget,
  finder: ServerFinder,
  request: RequestSpec,
  { plan, signal, send = load }: AskOptions,
): Promise<RequestSpec | Pick<NotMeasured, 'reason' | 'status'>> {
  const timeoutS = Math.min(plan.timeoutS, LONGEST_S)
  try {
    const [placed] = await finder.place([request], { ...plan, timeoutS }, signal)
    const one = { ...plan, requests: [placed!], amount: 1, connections: 1, timeoutS }
    const result = await send(target, one, { ...(signal && { signal }) })
    const [status] = Object.keys(result.statuses).map(Number)
    if (status === undefined) return { reason: noAnswer(result, timeoutS) }
    return allowsStatus(plan.expectStatus, status) ? placed! : { reason: `answers ${status}`, status }
  } catch (error) {
    if (error instanceof Error && 'code' in error && NO_AIM.has(error.code)) return { reason: error.message }
    throw error
  }
}

function noAnswer({ errors, firstError }: LoadResult, timeoutS: number): string {
  if (errors.timeout > 0) return `gives no answer within ${timeoutS} s`
  return `gives no answer${firstError === undefined ? '' : `: ${firstError}`}`
}
