import { parseRedact } from '../analysis/redact.js'
import { dropUndefined } from '../base/drop-undefined.js'
import { nearest } from '../base/nearest.js'
import { parseBudgets, readBudgets } from '../budget/budget.js'
import { checkKnownLeak } from '../budget/known-leak.js'
import { PROTOCOLS } from '../load/plan/plan.js'
import { parseRequest, placedAt } from '../load/plan/request.js'
import { DEFAULT_EXPECTED, parseStatusRanges } from '../load/plan/status.js'
import type { Budget, BudgetsInput, KnownLeak } from '../types/budget.js'
import type { DriverPlan } from '../types/driver.js'
import type { GrowthUnit } from '../types/growth.js'
import type { Plan } from '../types/plan.js'
import type { HttpProtocol, RequestInput, RequestSpec } from '../types/request.js'
import { type DriverInput, driverPlanOf } from './driver-plan.js'
import { PlanError } from './plan-error.js'

export { PlanError }

/** A measurement as users write it; all of it has a default but who makes the load: requests, a work or a command. */
export interface PlanInput extends DriverInput {
  /** Requests of the planned rounds together. Default 20157. Confirming rounds scale with it; the warm-up does not. */
  readonly amount?: number
  /**
   * What to speak: `'http1'`, `'h2'` (HTTP/2 over TLS) or `'h2c'` (HTTP/2 without it).
   * Default: HTTP/2 where a listener speaks nothing else, or else HTTP/1.1.
   */
  readonly protocol?: HttpProtocol
  /** Requests that may be under way at once on each connection of HTTP/2. Default 4. */
  readonly streams?: number
  /** The conf's port for requests that name none. Default: the first server that serves them. */
  readonly port?: number
  /** The conf's unix socket for requests that name none: `'/run/app.sock'`. */
  readonly socket?: string
  /** Connections kept alive through each round, or calls of a work side by side. Default 10. */
  readonly connections?: number
  /** False opens a connection for each request. Default true, but for `per: 'connection'`. */
  readonly keepAlive?: boolean
  /** Connections at which each load begins, for two requests each, before it goes on with `connections`. Default none. */
  readonly burst?: number
  /**
   * What growth is counted by: `'connection'` is each that nginx accepted, for leaks of TLS handshakes. Default
   * `'request'`; for a work each of its calls;
   * where a conf serves no http each session of its servers.
   */
  readonly per?: 'request' | 'connection'
  /**
   * Reload nginx before each round. All rounds are then of one size, so that workers are compared at the same age,
   * and growth is counted by reload: what a new worker inherits. Default false.
   */
  readonly reload?: boolean
  /** Requests before the first snapshot; 0 for none. Default 5003. */
  readonly warmup?: number
  /** How many planned rounds, or the requests of each. Default 5 rounds of 3929, 1973, 6263, 3389 and 4603. */
  readonly rounds?: number | readonly number[]
  /** Requests of the confirming rounds. Default 9337 and 22157. */
  readonly confirm?: readonly number[]
  /**
   * Requests of the further rounds, for what the confirming ones leave undecided, or a leak on few objects; `[]` for none.
   * Default 31957 and 64937.
   */
  readonly further?: readonly number[]
  /** Statuses that are no failure: `'200-399,401'`, or ranges. Default `'200-399'`. */
  readonly expectStatus?: string | readonly (readonly [number, number])[]
  /** Seconds one request or call may take, or a command for a round. Default 10, for a command 120. */
  readonly timeoutS?: number
  /** Idle time that shows what moves by itself, in ms. Default 500. */
  readonly idleMs?: number
  /** Longest wait for a round to settle, in ms. Default 1000. */
  readonly settleMs?: number
  /** Idle time after the confirming rounds, in ms. Default 1200. */
  readonly drainMs?: number
  /** Where something leaks, start the conf once more to see which line adds it. Default true. */
  readonly locate?: boolean
  /** What may grow, by path. Default: nothing. */
  readonly budgets?: BudgetsInput | readonly Budget[]
  /** Leaks that are accepted, each with its reason, until a date if there is one. Default: none. */
  readonly knownLeaks?: readonly KnownLeak[]
  /** Keys that no report shows: `true` for all but those of code, or a pattern of those to hide. Default: none. */
  readonly redact?: boolean | string | RegExp
}

/** Found by search: no flush period from 4 to 45,000 requests grows in every one of these rounds. */
const ROUNDS = [3929, 1973, 6263, 3389, 4603] as const
const CONFIRM = [9337, 22157] as const
const FURTHER = [31957, 64937] as const
/** Four times what people let a load run for, in s. */
const COMMAND_S = 120
/** One in a thousand shows, and the mean of a round. */
const SOLO = 4001
const DEFAULTS = { connections: 10, warmup: 5003, timeoutS: 10, idleMs: 500, settleMs: 1000, drainMs: 1200 } as const

const OPTIONS = [
  'request',
  'requests',
  'requestsFrom',
  'logFormat',
  'routes',
  'unsafe',
  'headers',
  'work',
  'command',
  'shell',
  'amount',
  'connections',
  'keepAlive',
  'protocol',
  'streams',
  'port',
  'socket',
  'burst',
  'per',
  'reload',
  'warmup',
  'rounds',
  'confirm',
  'further',
  'expectStatus',
  'timeoutS',
  'idleMs',
  'settleMs',
  'drainMs',
  'locate',
  'budgets',
  'knownLeaks',
  'redact',
] as const satisfies (keyof PlanInput)[]

/**
 * Fills in the defaults and refuses what cannot be measured. A plan without requests is legal until it is to be measured.
 * @param now for known leaks that expire
 * @throws PlanError; BudgetError, KnownLeakError or LoadError for a budget, a known leak, a request or statuses that cannot be used
 */
export function makePlan(input: PlanInput, now: Date = new Date()): Plan {
  refuseUnknown(input)
  const driver = driverPlanOf(input)
  const rounds = roundsOf(input)
  const factor = sum(rounds) / sum(ROUNDS)
  const confirm = extraRounds('confirm', input.confirm, CONFIRM, factor)
  const plan: Plan = {
    driver,
    requests: requestsOf(input),
    connections: whole('connections', input.connections ?? (driver.kind === 'command' ? 1 : DEFAULTS.connections), 1),
    keepAlive: flag('keepAlive', input.keepAlive ?? input.per !== 'connection'),
    ...protocolOf(input),
    burst: whole('burst', input.burst ?? 0, 0),
    per: unitOf(input, driver),
    expectStatus: statusesOf(input.expectStatus ?? DEFAULT_EXPECTED),
    timeoutS: positive('timeoutS', input.timeoutS ?? (driver.kind === 'command' ? COMMAND_S : DEFAULTS.timeoutS)),
    warmup: whole('warmup', input.warmup ?? DEFAULTS.warmup, 0),
    rounds,
    confirm,
    further: input.further?.length === 0 ? [] : extraRounds('further', input.further, FURTHER, factor),
    solo: Math.max(Math.round(SOLO * factor), input.connections ?? DEFAULTS.connections),
    idleMs: whole('idleMs', input.idleMs ?? DEFAULTS.idleMs, 0),
    settleMs: whole('settleMs', input.settleMs ?? DEFAULTS.settleMs, 0),
    drainMs: whole('drainMs', input.drainMs ?? DEFAULTS.drainMs, 0),
    locate: flag('locate', input.locate ?? true),
    budgets: budgetsOf(input.budgets ?? {}),
    redact: parseRedact(input.redact),
    knownLeaks: (input.knownLeaks ?? []).map((known) => checkKnownLeak(known, now)),
  }
  checkConnections(plan, input)
  return plan.per === 'reload' ? atOneAge(plan) : plan
}

function unitOf({ per, reload = false }: PlanInput, { kind }: DriverPlan): GrowthUnit {
  if (per !== undefined && per !== 'request' && per !== 'connection')
    throw invalid('per', per, 'is nothing to count by', "it is 'request' or 'connection'")
  if (!flag('reload', reload)) return per ?? (kind === 'work' ? 'call' : 'request')
  if (per === 'connection') throw invalid('per', per, 'excludes reload', 'growth is then counted by reload')
  return 'reload'
}

/** Workers of different ages differ by all that a request leaves behind, and by no reload. */
function atOneAge(plan: Plan): Plan {
  const mean = Math.round(sum(plan.rounds) / plan.rounds.length)
  const same = (rounds: readonly number[]) => rounds.map(() => mean)
  return { ...plan, warmup: mean, rounds: same(plan.rounds), confirm: same(plan.confirm), further: same(plan.further) }
}

function protocolOf({ protocol, streams }: PlanInput): Pick<Plan, 'protocol' | 'streams'> {
  if (protocol !== undefined && !PROTOCOLS.includes(protocol)) {
    throw invalid('protocol', protocol, 'is not known', `it is ${PROTOCOLS.join(', ')}`)
  }
  return {
    ...(protocol !== undefined && { protocol }),
    ...(streams !== undefined && { streams: whole('streams', streams, 1) }),
  }
}

function refuseUnknown(input: object): void {
  for (const key of Object.keys(input)) {
    if ((OPTIONS as readonly string[]).includes(key)) continue
    const meant = nearest(key, OPTIONS)
    throw new PlanError(
      'PLAN_OPTION_UNKNOWN',
      `a measurement has no option '${key}'${meant ? `; did you mean ${meant}?` : '.'} Legal: ${OPTIONS.join(', ')}`,
    )
  }
}

function requestsOf({ request, requests, headers, port, socket }: PlanInput): Plan['requests'] {
  const inputs = [request ?? [], requests ?? []].flat() as RequestInput[]
  if ((request !== undefined || requests !== undefined) && inputs.length === 0) {
    throw new PlanError('PLAN_NO_REQUEST', "the list of requests is empty: name at least one, such as request: '/t'")
  }
  const parsed = inputs.map((one) =>
    headers === undefined ? parseRequest(one) : underHeaders(parseRequest(one), headers),
  )
  return placedAt(parsed, dropUndefined({ port, socket }))
}

function underHeaders(request: RequestSpec, headers: Readonly<Record<string, string>>): RequestSpec {
  return { ...request, headers: { ...headers, ...request.headers } }
}

function roundsOf({ rounds = ROUNDS.length, amount }: PlanInput): number[] {
  if (typeof rounds !== 'number') {
    if (amount !== undefined) {
      throw invalid('amount', amount, 'together with the requests of each round', 'give one of the two')
    }
    if (rounds.length < 2) throw invalid('rounds', rounds, 'cannot show a trend', 'at least 2 rounds are needed')
    return rounds.map((requests) => whole('rounds', requests, 1))
  }
  if (whole('rounds', rounds, 1) < 2)
    throw invalid('rounds', rounds, 'cannot show a trend', 'at least 2 rounds are needed')
  const sizes = Array.from({ length: rounds }, (_, round) => ROUNDS[round % ROUNDS.length]!)
  if (amount === undefined) return sizes
  if (whole('amount', amount, 1) < rounds)
    throw invalid('amount', amount, `is less than one request for each of ${rounds} rounds`, 'raise it')
  return scale(sizes, amount)
}

/** A leak that `amount` requests just show must have as good a chance to be confirmed. */
function extraRounds(
  option: 'confirm' | 'further',
  given: readonly number[] | undefined,
  sizes: readonly number[],
  factor: number,
): number[] {
  if (given === undefined) return scale(sizes, Math.max(sizes.length, Math.round(sum(sizes) * factor)))
  if (given.length < 2)
    throw invalid(
      option,
      given,
      'cannot show whether a rate holds',
      `at least 2 ${option === 'confirm' ? 'confirming' : option} rounds are needed`,
    )
  return given.map((requests) => whole(option, requests, 1))
}

/** Whole numbers in the proportions of `sizes` with exactly this sum, each at least 1. */
function scale(sizes: readonly number[], total: number): number[] {
  let [left, weight] = [total, sum(sizes)]
  return sizes.map((size, index) => {
    const share = Math.min(left - (sizes.length - 1 - index), Math.max(1, Math.round((left * size) / weight)))
    left -= share
    weight -= size
    return share
  })
}

function statusesOf(statuses: NonNullable<PlanInput['expectStatus']>): Plan['expectStatus'] {
  if (typeof statuses === 'string') return parseStatusRanges(statuses)
  return parseStatusRanges(statuses.map(([from, to]) => `${from}-${to}`).join(','))
}

function budgetsOf(budgets: NonNullable<PlanInput['budgets']>): Plan['budgets'] {
  return Array.isArray(budgets) ? readBudgets(budgets) : parseBudgets(budgets as BudgetsInput)
}

/** Each connection needs a request in each round, or the round's load is not what was asked for. */
function checkConnections({ connections, burst, warmup, rounds, confirm, further }: Plan, { amount }: PlanInput): void {
  const smallest = Math.min(...rounds, ...confirm, ...further, ...(warmup > 0 ? [warmup] : []))
  if (burst > 0 && smallest < 2 * burst + connections) {
    throw invalid(
      'burst',
      burst,
      `takes ${2 * burst} requests, and the smallest round has ${smallest}`,
      'raise amount, or lower it',
    )
  }
  if (connections <= smallest) return
  const hint = amount === undefined ? 'raise its requests' : 'raise amount'
  throw invalid(
    'connections',
    connections,
    `is more than the smallest round has requests (${smallest})`,
    `${hint}, or take ${smallest} connections or fewer`,
  )
}

function whole(option: keyof PlanInput, value: number, least: number): number {
  if (Number.isInteger(value) && value >= least) return value
  throw invalid(option, value, 'is no legal value', `it is a whole number from ${least} up`)
}

function flag(option: keyof PlanInput, value: boolean): boolean {
  if (typeof value === 'boolean') return value
  throw invalid(option, value, 'is no legal value', 'it is true or false')
}

function positive(option: keyof PlanInput, value: number): number {
  if (typeof value === 'number' && value > 0 && Number.isFinite(value)) return value
  throw invalid(option, value, 'is no legal value', 'it is a number above 0')
}

function invalid(option: keyof PlanInput, value: unknown, reason: string, remedy: string): PlanError {
  return new PlanError('PLAN_OPTION_INVALID', `${option} ${JSON.stringify(value)} ${reason}; ${remedy}`)
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, value) => total + value, 0)
}
