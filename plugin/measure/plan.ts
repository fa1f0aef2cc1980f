import { parseRedact } from '../analysis/redact.js'
import { dropUndefined } from '../base/drop-undefined.js'
import { sumOf } from '../base/sum.js'
import { parseBudgets, readBudgets } from '../budget/budget.js'
import { checkKnownLeak } from '../budget/known-leak.js'
import { parseRequest, placedAt } from '../load/plan/request.js'
import { parseStatusRanges } from '../load/plan/status.js'
import type { BudgetsInput } from '../types/budget.js'
import type { DriverPlan } from '../types/driver.js'
import type { GrowthUnit } from '../types/growth.js'
import type { Plan } from '../types/plan.js'
import type { RequestInput, RequestSpec } from '../types/request.js'
import { checkValues } from './check-values.js'
import { driverPlanOf } from './driver-plan.js'
import { invalidOption, PlanError } from './plan-error.js'
import { type FlagOption, type NumberOption, PLAN_OPTIONS, type PlanInput, type PlanOption } from './plan-options.js'

/** One in a thousand shows, and the mean of a round. */
const SOLO = 4001

/**
 * Fills in the defaults and refuses what cannot be measured. A plan without requests is legal until it is to be measured.
 * @param now for known leaks that expire
 * @throws PlanError; BudgetError, KnownLeakError or LoadError for a budget, a known leak, a request or statuses that cannot be used
 */
export function makePlan(input: PlanInput, now: Date = new Date()): Plan {
  checkValues(input)
  const driver = driverPlanOf(input)
  const number = (name: NumberOption) => numberOf(name, input, driver)
  const flag = (name: FlagOption) => input[name] ?? PLAN_OPTIONS[name].default
  const rounds = roundsOf(input)
  const factor = sumOf(rounds) / sumOf(PLAN_OPTIONS.rounds.default)
  const plan: Plan = {
    driver,
    requests: requestsOf(input),
    // a command opens its own
    connections: driver.kind === 'command' ? 1 : number('connections'),
    keepAlive: input.keepAlive ?? input.per !== 'connection',
    ...protocolOf(input),
    burst: number('burst'),
    per: unitOf(input, driver),
    expectStatus: statusesOf(input.expectStatus ?? PLAN_OPTIONS.expectStatus.default),
    timeoutS: number('timeoutS'),
    warmup: number('warmup'),
    rounds,
    confirm: extraRounds('confirm', input, factor),
    further: input.further?.length === 0 ? [] : extraRounds('further', input, factor),
    solo: Math.max(Math.round(SOLO * factor), input.connections ?? PLAN_OPTIONS.connections.default),
    idleMs: number('idleMs'),
    settleMs: number('settleMs'),
    drainMs: number('drainMs'),
    locate: flag('locate'),
    budgets: budgetsOf(input.budgets ?? {}),
    redact: parseRedact(input.redact),
    knownLeaks: (input.knownLeaks ?? []).map((known) => checkKnownLeak(known, now)),
  }
  checkConnections(plan, input)
  return plan.per === 'reload' ? atOneAge(plan) : plan
}

function numberOf(name: NumberOption, input: PlanInput, { kind }: DriverPlan): number {
  const option: PlanOption = PLAN_OPTIONS[name]
  const ofDriver = kind === 'command' ? option.ofCommand : undefined
  return input[name] ?? ofDriver ?? PLAN_OPTIONS[name].default
}

function unitOf({ per, reload = PLAN_OPTIONS.reload.default }: PlanInput, { kind }: DriverPlan): GrowthUnit {
  if (!reload) return per ?? (kind === 'work' ? 'call' : 'request')
  if (per === 'connection') throw invalidOption('per', per, 'excludes reload', 'growth is then counted by reload')
  return 'reload'
}

/** Workers of different ages differ by all that a request leaves behind, and by no reload. */
function atOneAge(plan: Plan): Plan {
  const mean = Math.round(sumOf(plan.rounds) / plan.rounds.length)
  const same = (rounds: readonly number[]) => rounds.map(() => mean)
  return { ...plan, warmup: mean, rounds: same(plan.rounds), confirm: same(plan.confirm), further: same(plan.further) }
}

function protocolOf({ protocol, streams }: PlanInput): Pick<Plan, 'protocol' | 'streams'> {
  return { ...(protocol !== undefined && { protocol }), ...(streams !== undefined && { streams }) }
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

function roundsOf({ rounds, amount }: PlanInput): number[] {
  const sizes = PLAN_OPTIONS.rounds.default
  if (rounds !== undefined && typeof rounds !== 'number') {
    if (amount !== undefined) {
      throw invalidOption('amount', amount, 'together with the requests of each round', 'give one of the two')
    }
    if (rounds.length < 2) throw invalidOption('rounds', rounds, 'cannot show a trend', 'at least 2 rounds are needed')
    return rounds.map((requests) => whole('rounds', requests))
  }
  const count = whole('rounds', rounds ?? sizes.length)
  if (count < 2) throw invalidOption('rounds', count, 'cannot show a trend', 'at least 2 rounds are needed')
  const planned = Array.from({ length: count }, (_, round) => sizes[round % sizes.length]!)
  if (amount === undefined) return planned
  if (amount < count)
    throw invalidOption('amount', amount, `is less than one request for each of ${count} rounds`, 'raise it')
  return scale(planned, amount)
}

/** A leak that `amount` requests just show must have as good a chance to be confirmed. */
function extraRounds(option: 'confirm' | 'further', input: PlanInput, factor: number): number[] {
  const given = input[option]
  const sizes = PLAN_OPTIONS[option].default
  if (given === undefined) return scale(sizes, Math.max(sizes.length, Math.round(sumOf(sizes) * factor)))
  if (given.length < 2)
    throw invalidOption(
      option,
      given,
      'cannot show whether a rate holds',
      `at least 2 ${option === 'confirm' ? 'confirming' : option} rounds are needed`,
    )
  return given.map((requests) => whole(option, requests))
}

/** Whole numbers in the proportions of `sizes` with exactly this sum, each at least 1. */
function scale(sizes: readonly number[], total: number): number[] {
  let [left, weight] = [total, sumOf(sizes)]
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
    throw invalidOption(
      'burst',
      burst,
      `takes ${2 * burst} requests, and the smallest round has ${smallest}`,
      'raise amount, or lower it',
    )
  }
  if (connections <= smallest) return
  const hint = amount === undefined ? 'raise its requests' : 'raise amount'
  throw invalidOption(
    'connections',
    connections,
    `is more than the smallest round has requests (${smallest})`,
    `${hint}, or take ${smallest} connections or fewer`,
  )
}

/** Requests of one round, or the number of rounds. */
function whole(option: 'rounds' | 'confirm' | 'further', value: number): number {
  if (Number.isInteger(value) && value >= 1) return value
  throw invalidOption(option, value, 'is no legal value', 'it is a whole number from 1 up')
}
