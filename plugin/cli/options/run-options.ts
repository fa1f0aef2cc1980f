import { access, constants, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { whyUnreadable } from '../../base/missing-file.js'
import { parseBudgetArgument } from '../../budget/budget.js'
import { parseKnownArgument } from '../../budget/known-leak.js'
import { nameOf, parseRequest } from '../../load/plan/request.js'
import { parseStatusRanges } from '../../load/plan/status.js'
import { refuseUnmeasurable } from '../../load/thresholds/measurable.js'
import { parseThresholds, type Thresholds } from '../../load/thresholds/thresholds.js'
import { type BaselineSection, readSection } from '../../measure/baseline-file.js'
import { makePlan } from '../../measure/plan.js'
import type { AttachOptions } from '../../runtime/attach/attach.js'
import type { Plan } from '../../types/plan.js'
import type { HttpProtocol, RequestSpec } from '../../types/request.js'
import type { RuntimeOptions } from '../../types/runtime.js'
import { type BootArguments, bootOptions } from './boot-options.js'
import { attachTarget } from './live-options.js'
import { UsageError } from './usage.js'
import { milliseconds, someMilliseconds, whole } from './values.js'

/** What commander hands over for `resty-leak run`: strings as typed, lists for repeatable options. */
export interface RunArguments extends BootArguments {
  readonly request?: readonly string[]
  readonly command?: string
  readonly shell?: boolean
  readonly header?: readonly string[]
  readonly budget?: readonly string[]
  readonly known?: readonly string[]
  readonly threshold?: readonly string[]
  readonly body?: string
  readonly host?: string
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
  readonly abortAfter?: string
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
  readonly thresholds: Thresholds
  /** What is accepted of the growth, if a baseline is given. */
  readonly baseline: BaselineSection | undefined
  /** Whether a planted leak must be seen first. */
  readonly selfCheck: boolean
  /** Whether to print the load in wrk's form. */
  readonly loadSummary: boolean
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
  const timeoutMs = someMilliseconds('--timeout', given.timeout)
  const load = loadOf(given)
  const attach = attachOf(conf, given)
  return {
    attach,
    runtime: {
      conf: attach ? '' : await readable(conf!),
      ...bootOptions(given),
      ...(prefix !== undefined && { prefix: await folder('--prefix', prefix) }),
      keep: given.keep ?? false,
    },
    plan: makePlan({
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
    }),
    thresholds: thresholdsOf(given),
    baseline: await baselineOf(given, load),
    selfCheck: given.selfCheck ?? false,
    loadSummary: given.loadSummary ?? false,
    json: json === undefined ? undefined : await writable('--json', json),
    html: given.html === undefined ? undefined : await writable('--html', given.html),
    markdown: given.markdown === undefined ? undefined : await writable('--markdown', given.markdown),
    title: conf ?? given.attach!,
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
  { requests, command }: ReturnType<typeof loadOf>,
): Promise<BaselineSection | undefined> {
  if (baseline === undefined) {
    if (updateBaseline)
      throw new UsageError('--update-baseline needs --baseline FILE: where to write what is accepted.')
    return undefined
  }
  const file = updateBaseline ? await writable('--baseline', baseline) : resolve(baseline)
  return readSection(file, command ?? requests!.map(nameOf).join(', '), { update: updateBaseline, mustExist: true })
}

/** Options that shape requests, by their names on the command line. */
const OF_REQUESTS = {
  header: '--header',
  host: '--host',
  body: '--body',
  abortAfter: '--abort-after',
  expectStatus: '--expect-status',
  loadSummary: '--load-summary',
} as const satisfies Partial<Record<keyof RunArguments, string>>

/** Who makes the load: requests of ours, or a command. */
function loadOf(given: RunArguments): {
  readonly requests?: RequestSpec[]
  readonly command?: string
  readonly shell?: true
} {
  const { request, command, shell } = given
  if (command === undefined) {
    if (shell) throw new UsageError('--shell is for a command: give --command TEXT, or leave it out.')
    if (request === undefined) {
      throw new UsageError(
        'what makes the load? Give --request /path, or --command TEXT such as \'wrk -d2s "$URL/t"\'.',
      )
    }
    return { requests: requestsOf({ ...given, request }) }
  }
  if (request !== undefined)
    throw new UsageError('--request and --command exclude each other: each makes the load. Give one.')
  for (const [option, name] of Object.entries(OF_REQUESTS)) {
    if (given[option as keyof typeof OF_REQUESTS] === undefined) continue
    throw new UsageError(
      `${name} is for --request: a command makes its own requests and looks at the answers itself. Leave it out.`,
    )
  }
  return { command, ...(shell && { shell }) }
}

function perOf({ per, perConnection }: RunArguments): { readonly per?: 'request' | 'connection' } {
  if (per === undefined) return perConnection ? { per: 'connection' } : {}
  if (per === 'request' || per === 'connection') return { per }
  throw new UsageError(`--per ${JSON.stringify(per)} is nothing to count by: it is request or connection.`)
}

/** Headers, host and body go with every request; a method that is not named becomes POST where there is a body. */
export function requestsOf({
  request,
  header = [],
  host,
  body,
  abortAfter,
}: Pick<RunArguments, 'header' | 'host' | 'body' | 'abortAfter'> & {
  readonly request: readonly string[]
}): RequestSpec[] {
  const abortAfterMs = whole('--abort-after', abortAfter)
  const headers = Object.fromEntries([...header.map(headerPair), ...(host === undefined ? [] : [['Host', host]])])
  return request.map((text) => {
    const spec = parseRequest(body !== undefined && !/\s/.test(text.trim()) ? `POST ${text}` : text)
    return {
      ...spec,
      ...(Object.keys(headers).length > 0 && { headers }),
      ...(body !== undefined && { body }),
      ...(abortAfterMs !== undefined && { abortAfterMs }),
    }
  })
}

function headerPair(text: string): [string, string] {
  const at = text.indexOf(':')
  if (at < 1) throw new UsageError(`--header ${JSON.stringify(text)} has no name and value: write 'Name: value'.`)
  return [text.slice(0, at).trim(), text.slice(at + 1).trim()]
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

async function readable(conf: string): Promise<string> {
  const file = resolve(conf)
  const found = await stat(file).catch((cause: unknown) => {
    throw new UsageError(`cannot read ${conf}: ${whyUnreadable(conf, cause)} Give the path of an nginx.conf.`, {
      cause,
    })
  })
  if (!found.isFile()) throw new UsageError(`${conf} is not a file. Give the path of an nginx.conf.`)
  return file
}

async function folder(option: string, path: string): Promise<string> {
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
