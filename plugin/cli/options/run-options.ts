import { access, constants, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { whyUnreadable } from '../../base/missing-file.js'
import { parseBudgetArgument } from '../../budget/budget.js'
import { parseKnownArgument } from '../../budget/known-leak.js'
import { parseStatusRanges } from '../../load/plan/status.js'
import { refuseUnmeasurable } from '../../load/thresholds/measurable.js'
import { parseThresholds, type Thresholds } from '../../load/thresholds/thresholds.js'
import { type BaselineSection, readSection } from '../../measure/baseline-file.js'
import { makePlan, type PlanInput } from '../../measure/plan.js'
import type { AttachOptions } from '../../runtime/attach/attach.js'
import type { Plan } from '../../types/plan.js'
import type { HttpProtocol } from '../../types/request.js'
import type { RuntimeOptions } from '../../types/runtime.js'
import { type BootArguments, bootOptions } from './boot-options.js'
import { attachTarget } from './live-options.js'
import { type Explored, explorationOf, type GivenLoad, type LoadArguments, loadName, loadOf } from './load-options.js'
import { UsageError } from './usage.js'
import { milliseconds, someMilliseconds, whole } from './values.js'

/** What commander hands over for `resty-leak run`: strings as typed, lists for repeatable options. */
export interface RunArguments extends BootArguments, LoadArguments {
  readonly budget?: readonly string[]
  readonly known?: readonly string[]
  readonly threshold?: readonly string[]
  readonly expectStatus?: string
  readonly prefix?: string
  readonly attach?: string
  readonly url?: string
  readonly amount?: string
  readonly connections?: string
  readonly protocol?: HttpProtocol
  readonly streams?: string
  readonly port?: string
  readonly socket?: string
  readonly warmup?: string
  readonly timeout?: string
  readonly idle?: string
  readonly drain?: string
  /** False for `--no-keep-alive`. */
  readonly keepAlive?: boolean
  readonly burst?: string
  readonly per?: string
  readonly perConnection?: boolean
  readonly reload?: boolean
  readonly baseline?: string
  readonly updateBaseline?: boolean
  readonly selfCheck?: boolean
  /** False for `--no-locate`. */
  readonly locate?: boolean
  readonly keep?: boolean
  readonly redact?: string | true
  readonly loadSummary?: boolean
  readonly bisect?: boolean
  readonly json?: string
  readonly html?: string
  readonly markdown?: string
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
  /** Whether reports are written of what fails alone. */
  readonly bisect: boolean
  /** Absolute paths of the reports that are asked for. */
  readonly json: string | undefined
  readonly html: string | undefined
  readonly markdown: string | undefined
  /** What the reports are about: the conf, as the user wrote it. */
  readonly title: string
}

/**
 * Checks every argument before anything starts. Paths are relative to the working directory.
 * @throws UsageError, or the PlanError, LoadError, BudgetError, KnownLeakError, BaselineError of the part that an argument is for
 */
export async function runSettings(conf: string | undefined, given: RunArguments): Promise<RunSettings> {
  const { prefix, json } = given
  refuseSameForAll(given)
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
    baseline: await baselineOf(given, loadName(load)),
    selfCheck: given.selfCheck ?? false,
    loadSummary: given.loadSummary ?? false,
    bisect: given.bisect ?? false,
    json: json === undefined ? undefined : await writable('--json', json),
    html: given.html === undefined ? undefined : await writable('--html', given.html),
    markdown: given.markdown === undefined ? undefined : await writable('--markdown', given.markdown),
    title: conf ?? given.attach!,
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
  const timeoutMs = someMilliseconds('--timeout', given.timeout)
  return {
    ...load,
    budgets: (given.budget ?? []).map(parseBudgetArgument),
    redact: given.redact,
    knownLeaks: (given.known ?? []).map(parseKnownArgument),
    amount: whole('--amount', given.amount),
    connections: whole('--connections', given.connections),
    protocol: given.protocol,
    streams: whole('--streams', given.streams),
    port: whole('--port', given.port),
    socket: given.socket,
    warmup: whole('--warmup', given.warmup),
    burst: whole('--burst', given.burst),
    ...(given.keepAlive === false && { keepAlive: false }),
    ...perOf(given),
    reload: given.reload ?? false,
    locate: given.locate ?? true,
    ...(timeoutMs !== undefined && { timeoutS: timeoutMs / 1000 }),
    idleMs: milliseconds('--idle', given.idle),
    drainMs: milliseconds('--drain', given.drain),
    ...(given.expectStatus !== undefined && { expectStatus: parseStatusRanges(given.expectStatus) }),
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

/** The section of a baseline file is named after the requests: one file may serve several runs. */
async function baselineOf(
  { baseline, updateBaseline = false }: RunArguments,
  section: string,
): Promise<BaselineSection | undefined> {
  if (baseline === undefined) {
    if (updateBaseline)
      throw new UsageError('--update-baseline needs --baseline FILE: where to write what is accepted.')
    return undefined
  }
  const file = updateBaseline ? await writable('--baseline', baseline) : resolve(baseline)
  return readSection(file, section, { update: updateBaseline, mustExist: true })
}

function perOf({ per, perConnection }: RunArguments): { readonly per?: 'request' | 'connection' } {
  if (per === undefined) return perConnection ? { per: 'connection' } : {}
  if (per === 'request' || per === 'connection') return { per }
  throw new UsageError(`--per ${JSON.stringify(per)} is nothing to count by: it is request or connection.`)
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

/** Absolute path of a conf. @throws UsageError */
export async function readable(conf: string): Promise<string> {
  const file = resolve(conf)
  const found = await stat(file).catch((cause: unknown) => {
    throw new UsageError(`cannot read ${conf}: ${whyUnreadable(conf, cause)} Give the path of an nginx.conf.`, {
      cause,
    })
  })
  if (!found.isFile()) throw new UsageError(`${conf} is not a file. Give the path of an nginx.conf.`)
  return file
}

/** @throws UsageError */
export async function folder(option: string, path: string): Promise<string> {
  const found = await stat(path).catch((cause: unknown) => {
    throw new UsageError(`${option} ${path}: ${reasonOf(cause)}.`, { cause })
  })
  if (!found.isDirectory()) throw new UsageError(`${option} ${path} is not a folder.`)
  return resolve(path)
}

/** A report that cannot be written should be known before the measurement, not after it. */
export async function writable(option: string, path: string): Promise<string> {
  const file = resolve(path)
  const found = await stat(file).catch(() => undefined)
  if (found?.isDirectory()) {
    throw new UsageError(
      `${option} ${path} is a folder. Name a file, such as ${join(path, `report.${option.slice(2)}`)}.`,
    )
  }
  await access(dirname(file), constants.W_OK).catch((cause: unknown) => {
    throw new UsageError(`${option} ${path}: cannot write to that folder: ${reasonOf(cause)}.`, { cause })
  })
  return file
}

function reasonOf(cause: unknown): string {
  const code = (cause as NodeJS.ErrnoException).code
  if (code === 'ENOENT') return 'no such file or folder'
  return code === 'EACCES' ? 'permission denied' : String(code)
}
