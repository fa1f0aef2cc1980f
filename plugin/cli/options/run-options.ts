import type { Command } from 'commander'
import { refuseUnmeasurable } from '../../load/thresholds/measurable.js'
import { parseThresholds, type Thresholds } from '../../load/thresholds/thresholds.js'
import type { BaselineSection } from '../../measure/baseline-file.js'
import { makePlan, type PlanInput } from '../../measure/plan.js'
import type { AttachOptions } from '../../runtime/attach/attach.js'
import type { Plan } from '../../types/plan.js'
import type { RuntimeOptions } from '../../types/runtime.js'
import type { Files } from '../forms/form.js'
import { REPORT_FORMS, type ReportForm } from '../forms/report-forms.js'
import { type BootArguments, bootOptions } from './boot-options.js'
import { type FileArguments, filesOf } from './file-options.js'
import { baselineOf, type JudgingArguments, judgingOf } from './judging-options.js'
import { attachTarget } from './live-options.js'
import {
  type Explored,
  explorationOf,
  type GivenLoad,
  LOAD_OPTIONS,
  type LoadArguments,
  loadName,
  loadOf,
} from './load-options.js'
import { folder, readable } from './paths.js'
import { COMMAND_OPTIONS, type PlanArguments, planValues, withPlanOptions } from './plan-options.js'
import { UsageError } from './usage.js'
import { someMilliseconds } from './values.js'

/** What commander hands over for `resty-leak run`: strings as typed, lists for repeatable options. */
export interface RunArguments
  extends BootArguments,
    LoadArguments,
    JudgingArguments,
    PlanArguments,
    FileArguments<ReportForm> {
  readonly threshold?: readonly string[]
  readonly prefix?: string
  readonly attach?: string
  readonly url?: string
  readonly perConnection?: boolean
  readonly selfCheck?: boolean
  readonly keep?: boolean
  readonly loadSummary?: boolean
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
  /** What to boot; or, with `attach`, nothing. */
  readonly runtime: RuntimeOptions
  /** The running server to measure instead. */
  readonly attach: AttachOptions | undefined
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
  /** Absolute paths of the reports that are asked for. */
  readonly files: Files<ReportForm>
  /** What the reports are about: the conf, as the user wrote it. */
  readonly title: string
}

/**
 * Checks every argument before anything starts. Paths are relative to the working directory.
 * @throws UsageError, or the PlanError, LoadError, BudgetError, KnownLeakError, BaselineError of the part that an argument is for
 */
export async function runSettings(conf: string | undefined, given: RunArguments): Promise<RunSettings> {
  const { prefix } = given
  const load = loadOf(given)
  const attach = attachOf(conf, given)
  const bootFrom = attach ? undefined : await readable(conf!)
  const boot = {
    conf: bootFrom ?? '',
    ...bootOptions(given),
    ...(prefix !== undefined && { prefix: await folder('--prefix', prefix) }),
    keep: given.keep ?? false,
  }
  const input = planInput(given, load)
  const plan = makePlan(input)
  return {
    attach,
    runtime: boot,
    plan,
    exploration: await explorationOf(input, plan, conf ?? '', bootFrom === undefined ? undefined : boot),
    thresholds: thresholdsOf(given),
    // Named after the requests: one file may serve several runs.
    baseline: await baselineOf(given, loadName(load)),
    selfCheck: given.selfCheck ?? false,
    loadSummary: given.loadSummary ?? false,
    files: await filesOf(given, REPORT_FORMS),
    title: conf ?? given.attach!,
  }
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

/** What `--attach` and `--url` mean; undefined where a conf is to be booted. */
function attachOf(conf: string | undefined, given: RunArguments): AttachOptions | undefined {
  const { attach, url } = given
  if (attach === undefined) {
    if (url !== undefined) throw new UsageError('--url is where an attached server answers: it needs --attach PID|ID.')
    if (conf === undefined) throw new UsageError('what is to run? Give an nginx.conf, or --attach PID|ID --url URL.')
    return undefined
  }
  if (url === undefined)
    throw new UsageError('--attach needs --url: where that server answers, such as http://127.0.0.1:8080.')
  const boots = [
    conf !== undefined && 'an nginx.conf',
    given.prefix !== undefined && '--prefix',
    given.image !== undefined && '--image',
    given.dockerfile !== undefined && '--dockerfile',
    given.openresty !== undefined && '--openresty',
    given.workers !== undefined && '--workers',
    given.replace !== undefined && '--replace',
    given.env !== undefined && '--env',
    given.runtime !== 'auto' && '--runtime',
    given.keep && '--keep',
    given.selfCheck && '--self-check',
    given.reload && '--reload',
  ].filter((option) => typeof option === 'string')
  if (boots.length > 0) {
    throw new UsageError(
      `--attach measures a server as it runs; ${boots.join(', ')} would be for starting one. Leave it out.`,
    )
  }
  const startTimeoutMs = someMilliseconds('--start-timeout', given.startTimeout)
  return { ...attachTarget(attach), url, ...(startTimeoutMs !== undefined && { startTimeoutMs }) }
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
