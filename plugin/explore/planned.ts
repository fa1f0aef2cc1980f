import { dropUndefined } from '../base/drop-undefined.js'
import { sumBy, sumOf } from '../base/sum.js'
import type { load } from '../load/client/autocannon.js'
import type { LoadTarget } from '../load/plan/aim.js'
import { placedAt } from '../load/plan/request.js'
import type { Candidate } from '../load/sources/mix/candidate.js'
import { makePlan } from '../measure/plan.js'
import type { PlanInput } from '../measure/plan-options.js'
import type { Plan } from '../types/plan.js'
import type { NotMeasured, RequestMix, RequestSpec } from '../types/request.js'
import { askOnce, type Refused } from './ask.js'
import type { ExploredCandidate } from './candidate.js'
import { ExploreError } from './error.js'
import type { Exploration } from './exploration.js'

export interface PlannedOptions {
  readonly signal?: AbortSignal
  readonly onStep?: (text: string) => void
  readonly send?: typeof load
}

/** Each request of a plan has so many in the planned rounds, at least: enough to show that it keeps something. */
const EACH = 200
/** And so many in the warm-up, in which its code is compiled and its caches fill. */
const EACH_WARMUP = 100
/** What is shown of requests of which none is answered. */
const SHOWN = 20

/**
 * Asks each candidate once and plans those that are answered as expected.
 * @throws ExploreError `EXPLORE_NOTHING_ANSWERS` with what each was answered; PlanError as makePlan does
 */
export async function planExplored(
  target: LoadTarget,
  input: PlanInput,
  exploration: Exploration,
  { signal, onStep, send }: PlannedOptions = {},
): Promise<Plan> {
  const { candidates, ...mix } = exploration
  const plan = makePlan(input)
  const { headers = {}, port, socket } = input
  const dressed = candidates.map(({ attempts, ...rest }) => ({
    ...rest,
    attempts: placedAt(
      attempts.map((request) => dress(request, headers)),
      dropUndefined({ port, socket }),
    ) as [RequestSpec, ...RequestSpec[]],
  }))
  const { expectStatus, timeoutS, keepAlive, protocol, streams } = plan
  const { answering, refused } = await askOnce(target, dressed, {
    plan: { expectStatus, timeoutS, keepAlive, ...dropUndefined({ protocol, streams }) },
    signal,
    ...(send && { send }),
    onAsked: (asked) => onStep?.(`asking each request once: ${asked} of ${candidates.length}`),
  })
  const notMeasured = [...mix.notMeasured, ...refused.map(toldOf)]
  if (answering.length === 0) throw nothingAnswers(mix, notMeasured)
  const { requestsFrom: _file, logFormat: _format, routes: _routes, unsafe: _unsafe, headers: _headers, ...own } = input
  return {
    ...makePlan({ ...amountsFor(answering.length, own.rounds), ...dropUndefined(own), requests: answering }),
    mix: {
      ...mix,
      taken: mix.taken - sumBy(refused, ({ candidate }) => weightOf(candidate)),
      notMeasured,
    },
  }
}

/** Headers of the user's own come before those of a file. */
function dress(request: RequestSpec, headers: Readonly<Record<string, string>>): RequestSpec {
  const names = new Set(Object.keys(headers).map((name) => name.toLowerCase()))
  const kept = Object.entries(request.headers ?? {}).filter(([name]) => !names.has(name.toLowerCase()))
  const all = { ...Object.fromEntries(kept), ...headers }
  return Object.keys(all).length === 0 ? request : { ...request, headers: all }
}

/** Many requests need more of them. */
function amountsFor(requests: number, given: PlanInput['rounds']): Pick<PlanInput, 'amount' | 'warmup'> {
  const { rounds, warmup } = makePlan({})
  const amount = sumOf(rounds)
  return {
    ...(requests * EACH > amount && !Array.isArray(given) && { amount: requests * EACH }),
    ...(requests * EACH_WARMUP > warmup && { warmup: requests * EACH_WARMUP }),
  }
}

function weightOf({ attempts: [{ weight = 1 }] }: Candidate): number {
  return weight
}

/** With what the conf has against it, which is why it may be answered so. */
function toldOf({ request, reason, status, candidate }: Refused<ExploredCandidate>): NotMeasured {
  // a doubt that says the same knows more: `answers 404: return 404, nginx.conf:7`
  const doubts = candidate.doubts ?? []
  const why = [...(doubts.some((doubt) => doubt.startsWith(`${reason}:`)) ? [] : [reason]), ...doubts].join('; ')
  return { request, reason: why, ...(status !== undefined && { status }) }
}

function nothingAnswers({ source, kind }: RequestMix, notMeasured: readonly NotMeasured[]): ExploreError {
  const each = notMeasured.slice(0, SHOWN).map(({ request, reason }) => `\n  ${request}  ${reason}`)
  return new ExploreError(
    'EXPLORE_NOTHING_ANSWERS',
    `no request of ${source} (${kind}) is answered as expected, so there is nothing to measure:${each.join('')}\n` +
      'Where they need a header, such as Authorization, give it (--header; in a test headers). Where another status is right, expect it (--expect-status).',
  )
}
