import { load } from '../load/client/autocannon.js'
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
  readonly plan: Pick<Plan, 'expectStatus' | 'timeoutS' | 'keepAlive'>
  readonly signal: AbortSignal | undefined
  /** Told how many have been asked. */
  readonly onAsked?: (asked: number) => void
  /** Sends them. Default: the load's own driver, so that what is answered here is answered there. */
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
  let next = 0
  let asked = 0
  const askOn = async () => {
    while (next < candidates.length) {
      const index = next++
      results[index] = await firstAnswered(target, candidates[index]!, options)
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
  candidate: T,
  options: AskOptions,
): Promise<RequestSpec | Refused<T>> {
  let why: Refused<T> | undefined
  for (const request of candidate.attempts) {
    const refusal = await whyNot(target, request, options)
    if (refusal === null) return request
    // what the first was answered says most: it is what was meant
    why ??= { candidate, request: nameOf(request), ...refusal }
  }
  return why!
}

/** Null where the answer is as expected. */
async function whyNot(
  target: LoadTarget,
  request: RequestSpec,
  { plan, signal, send = load }: AskOptions,
): Promise<Pick<NotMeasured, 'reason' | 'status'> | null> {
  const { expectStatus, keepAlive } = plan
  const timeoutS = Math.min(plan.timeoutS, LONGEST_S)
  const one = { requests: [request], amount: 1, connections: 1, expectStatus, keepAlive, timeoutS }
  let result: LoadResult
  try {
    result = await send(target, one, { ...(signal && { signal }) })
  } catch (error) {
    // a URL may name a port that the conf does not listen on
    if (!(error instanceof Error && 'code' in error && error.code === 'RUNTIME_PORT_UNKNOWN')) throw error
    return { reason: error.message }
  }
  const [status] = Object.keys(result.statuses).map(Number)
  if (status === undefined) return { reason: noAnswer(result, timeoutS) }
  return allowsStatus(expectStatus, status) ? null : { reason: `answers ${status}`, status }
}

function noAnswer({ errors, firstError }: LoadResult, timeoutS: number): string {
  if (errors.timeout > 0) return `gives no answer within ${timeoutS} s`
  return `gives no answer${firstError === undefined ? '' : `: ${firstError}`}`
}
