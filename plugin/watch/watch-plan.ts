import { nearest } from '../base/nearest.js'
import type { Freeze, FreezeOptions } from '../heapwalk/heapwalk.js'
import { makePlan } from '../measure/plan.js'
import { PlanError } from '../measure/plan-error.js'
import type { PlanInput } from '../measure/plan-options.js'
import type { Plan } from '../types/plan.js'
import { LEAST_ROUNDS } from '../verdict/watched.js'

/** A watch as users write it; all of it has a default. */
export interface WatchInput extends Pick<PlanInput, 'budgets' | 'knownLeaks' | 'redact'> {
  /** Time between two looks, in ms. Default 30,000. */
  readonly everyMs?: number
  /** Rounds without a restart of nginx that are judged, 4 at the least. Default 8. */
  readonly rounds?: number
  /** No worker is stopped for longer, in ms: a look that would is left out. Default: no limit. */
  readonly maxPauseMs?: number
  /** `'fork'`: clones of the workers are read, which stand still for the cloning alone. Default `'stop'`: they are read themselves. */
  readonly freeze?: Freeze
  /** `'leak'` ends the watch as soon as something leaks and still does one round later. Default: all rounds. */
  readonly until?: 'leak'
}

/** A whole watch; every field has its default filled in. */
export interface WatchPlan {
  readonly everyMs: number
  readonly rounds: number
  readonly freeze: FreezeOptions
  readonly untilLeak: boolean
  /** What is judged, and how it is told. Its rounds are known only once they are over. */
  readonly plan: Plan
}

export const WATCH_DEFAULTS = { everyMs: 30_000, rounds: 8 } as const
const OPTIONS = [
  'everyMs',
  'rounds',
  'maxPauseMs',
  'freeze',
  'until',
  'budgets',
  'knownLeaks',
  'redact',
] as const satisfies (keyof WatchInput)[]

/**
 * Fills in the defaults and refuses what cannot be watched.
 * @throws PlanError; BudgetError or KnownLeakError for a budget or a known leak that cannot be used
 */
export function makeWatchPlan(input: WatchInput): WatchPlan {
  for (const key of Object.keys(input)) {
    if ((OPTIONS as readonly string[]).includes(key)) continue
    const meant = nearest(key, OPTIONS)
    throw new PlanError(
      'PLAN_OPTION_UNKNOWN',
      `a watch has no option '${key}'${meant ? `; did you mean ${meant}?` : '.'} Legal: ${OPTIONS.join(', ')}`,
    )
  }
  const {
    everyMs = WATCH_DEFAULTS.everyMs,
    rounds = WATCH_DEFAULTS.rounds,
    maxPauseMs,
    freeze,
    until,
    budgets,
    knownLeaks,
    redact,
  } = input
  if (until !== undefined && until !== 'leak') throw invalid('until', until, "is no end of a watch; it is 'leak'")
  if (freeze !== undefined && freeze !== 'stop' && freeze !== 'fork') {
    throw invalid('freeze', freeze, "is no way to read a worker; it is 'stop' or 'fork'")
  }
  return {
    everyMs: whole('everyMs', everyMs, 1),
    rounds: whole('rounds', rounds, LEAST_ROUNDS),
    freeze: { freeze, maxPauseMs: maxPauseMs === undefined ? undefined : whole('maxPauseMs', maxPauseMs, 1) },
    untilLeak: until === 'leak',
    plan: {
      ...makePlan({
        ...(budgets !== undefined && { budgets }),
        ...(knownLeaks !== undefined && { knownLeaks }),
        ...(redact !== undefined && { redact }),
        locate: false,
      }),
      warmup: 0,
      rounds: [],
      confirm: [],
      further: [],
    },
  }
}

function whole(option: keyof WatchInput, value: number, least: number): number {
  if (Number.isInteger(value) && value >= least) return value
  const why = option === 'rounds' ? ', two to show a growth and two to confirm it' : ''
  throw invalid(option, value, `is no legal value; it is a whole number from ${least} up${why}`)
}

function invalid(option: keyof WatchInput, value: unknown, reason: string): PlanError {
  return new PlanError('PLAN_OPTION_INVALID', `${option} ${JSON.stringify(value)} ${reason}`)
}
