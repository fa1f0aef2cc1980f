import { parseMinimums } from '../../compare/judge/thresholds.js'
import type { ComparePlan } from '../../compare/run/compare.js'
import { findSides, type Sides } from '../../compare/sides/sides.js'
import { makePlan } from '../../measure/plan.js'
import type { FailOn } from '../../types/compare/comparison.js'
import type { RuntimeOptions } from '../../types/runtime.js'
import { COMPARISON_FORMS, type ComparisonForm } from '../forms/comparison-forms.js'
import type { Files } from '../forms/form.js'
import { type BootArguments, bootOptions } from './boot-options.js'
import { type FileArguments, filesOf } from './file-options.js'
import { type PlanArguments, planValues } from './plan-options.js'
import { type RequestArguments, requestsOf } from './request-options.js'
import { UsageError } from './usage.js'
import { whole } from './values.js'

/** What commander hands over for `resty-leak compare`. */
export interface CompareArguments
  extends BootArguments,
    RequestArguments,
    FileArguments<ComparisonForm>,
    Pick<PlanArguments, 'expectStatus' | 'amount' | 'connections' | 'warmup'> {
  readonly prefix?: string
  readonly threshold?: readonly string[]
  readonly base?: string
  readonly head?: string
  readonly dirty?: boolean
  readonly rounds?: string
  readonly roundMs?: string
  readonly failOn: FailOn
}

/** A comparison as it will be done; nothing has been started yet. */
export interface CompareSettings {
  readonly sides: Sides
  /** The runtime of both sides, without their conf and prefix. */
  readonly runtime: Omit<RuntimeOptions, 'conf' | 'prefix'>
  readonly plan: ComparePlan
  /** Absolute paths of the files asked for. */
  readonly files: Files<ComparisonForm>
}

/** Level of each test of times. */
export const LEVEL = 0.01
/** Rounds of times on each side. */
export const DEFAULT_ROUNDS = 24
/** About how long the load of one of them takes, in ms. */
export const DEFAULT_ROUND_MS = 250

/**
 * Checks every argument before anything starts.
 * @throws UsageError, or the BenchError, PlanError, LoadError of the part that an argument is for
 */
export async function compareSettings(conf: string, given: CompareArguments): Promise<CompareSettings> {
  if (process.platform === 'win32') {
    throw new UsageError(
      'compare puts both revisions side by side with symbolic links and a POSIX shell, and Windows has neither for everybody: run it inside WSL 2.',
    )
  }
  const { base, request, head, dirty = false, prefix, prepare } = given
  // Commander would miss a required option before it sees that --bse is none.
  if (base === undefined) throw new UsageError('compare with what? Give --base REF, a git revision, or --base DIR.')
  if (request === undefined) {
    throw new UsageError(
      "what is to be requested? Give --request /path, or --request 'POST /path'; repeat for several.",
    )
  }
  const memory = makePlan({ ...planValues(given), requests: requestsOf({ ...given, request }) })
  const minimums = parseMinimums(given.threshold ?? [])
  return {
    plan: {
      memory,
      rounds: whole('--rounds', given.rounds) ?? DEFAULT_ROUNDS,
      roundMs: atLeast('--round-ms', whole('--round-ms', given.roundMs) ?? DEFAULT_ROUND_MS, 30),
      judging: { minimums, level: LEVEL, failOn: given.failOn },
    },
    runtime: bootOptions(given),
    files: await filesOf(given, COMPARISON_FORMS),
    sides: await findSides({ conf, base, head, prefix, dirty, prepared: prepare !== undefined }),
  }
}

function atLeast(option: string, value: number, least: number): number {
  if (value >= least) return value
  throw new UsageError(`${option} ${value} is too short: give ${least} or more.`)
}
