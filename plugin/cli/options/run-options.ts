import type { Command } from 'commander'
import { refuseUnmeasurable } from '../../load/thresholds/measurable.js'
import { parseThresholds, type Thresholds } from '../../load/thresholds/thresholds.js'
import type { BaselineSection } from '../../measure/baseline-file.js'
import { makePlan } from '../../measure/plan.js'
import type { PlanInput } from '../../measure/plan-options.js'
import type { Plan } from '../../types/plan.js'
import type { Files } from '../forms/form.js'
import { REPORT_FORMS, type ReportForm } from '../forms/report-forms.js'
import { type FileArguments, filesOf } from './file-options.js'
import { baselineOf, type JudgingArguments, judgingOf } from './judging-options.js'
import {
  type Explored,
  explorationOf,
  type GivenLoad,
  LOAD_OPTIONS,
  type LoadArguments,
  loadName,
  loadOf,
} from './load-options.js'
import { COMMAND_OPTIONS, type PlanArguments, planValues, withPlanOptions } from './plan-options.js'
import { type MeasuredServer, type ServerArguments, serverOf } from './server-options.js'
import { UsageError } from './usage.js'

/** What commander hands over for `resty-leak run`: strings as typed, lists for repeatable options. */
export interface RunArguments
  extends ServerArguments,
    LoadArguments,
    JudgingArguments,
    PlanArguments,
    FileArguments<ReportForm> {
  readonly threshold?: readonly string[]
  readonly perConnection?: boolean
  readonly bisect?: boolean
}

/** Those of a measurement that other groups of the help hold. */
const ELSEWHERE: readonly string[] = [...LOAD_OPTIONS, 'headers', 'expectStatus', 'budgets', 'knownLeaks', 'redact']

/** Adds what says how much load there is, how it is sent, and what is waited for. */
export function withAmountOptions(command: Command): Command {
  return withPlanOptions(
    command,
    COMMAND_OPTIONS.filter((name) => !ELSEWHERE.includes(name)),
  )
}

/** A run as it will be done; nothing has been started yet. */
export interface RunSettings {
  readonly server: MeasuredServer
  readonly plan: Plan
  /** Undefined where the user wrote the requests. */
  readonly exploration: Explored | undefined
  readonly thresholds: Thresholds
  /** What is accepted of the growth, if a baseline is given. */
  readonly baseline: BaselineSection | undefined
  /** Whether a planted leak must be seen first. */
  readonly selfCheck: boolean
  /** Whether to print the load in wrk's form. */
  readonly loadSummary: boolean
  /** Whether reports are written of what fails alone. */
  readonly bisect: boolean
  /** Absolute paths of the reports that are asked for. */
  readonly files: Files<ReportForm>
}

/**
 * Checks every argument before anything starts. Paths are relative to the working directory.
 * @throws UsageError, or the PlanError, LoadError, BudgetError, KnownLeakError, BaselineError of the part that an argument is for
 */
export async function runSettings(conf: string | undefined, given: RunArguments): Promise<RunSettings> {
  refuseSameForAll(given)
  const load = loadOf(given)
  const server = await serverOf(conf, given)
  const input = planInput(given, load)
  const plan = makePlan(input)
  return {
    server,
    plan,
    exploration: await explorationOf(input, plan, server),
    thresholds: thresholdsOf(given),
    // Named after the requests: one file may serve several runs.
    baseline: await baselineOf(given, loadName(load)),
    selfCheck: given.selfCheck ?? false,
    loadSummary: given.loadSummary ?? false,
    bisect: given.bisect ?? false,
    files: await filesOf(given, REPORT_FORMS),
  }
}

/** A bisection would call each commit the same. @throws UsageError */
function refuseSameForAll({ bisect, attach, updateBaseline }: RunArguments): void {
  if (!bisect) return
  if (attach !== undefined) {
    throw new UsageError(
      '--attach measures a server as it runs, whatever is checked out: --bisect needs an nginx.conf.',
    )
  }
  if (updateBaseline) throw new UsageError('--update-baseline would accept what --bisect looks for. Leave it out.')
}

function planInput(given: RunArguments, load: GivenLoad): PlanInput {
  const { per, perConnection } = given
  return {
    ...planValues(given),
    ...load,
    ...judgingOf(given),
    per: per ?? (perConnection ? 'connection' : undefined),
  }
}

function thresholdsOf({ threshold: given = [], command }: RunArguments): Thresholds {
  const thresholds = parseThresholds(Object.fromEntries(given.map(threshold)))
  refuseUnmeasurable(thresholds, command === undefined ? 'requests' : 'command')
  return thresholds
}

/** Metric and condition, split at the last colon: request names may hold some. */
function threshold(text: string): [string, string] {
  const at = text.lastIndexOf(':')
  if (at < 1) {
    throw new UsageError(
      `--threshold ${JSON.stringify(text)} has no condition: write METRIC:CONDITION, such as 'latency.p99:<20ms'.`,
    )
  }
  return [text.slice(0, at).trim(), text.slice(at + 1).trim()]
}
