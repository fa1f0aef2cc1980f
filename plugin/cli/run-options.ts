import { access, constants, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { parseBudgetArgument } from '../heap/budget.js'
import { parseRequest } from '../load/request.js'
import { parseStatusRanges } from '../load/status.js'
import { parseThresholds, type Thresholds } from '../load/thresholds.js'
import { makePlan } from '../plan.js'
import type { Plan, RequestSpec, RuntimeOptions } from '../types.js'
import { UsageError } from './usage.js'

/** What commander hands over for `resty-leak run`: strings as typed, lists for repeatable options. */
export interface RunArguments {
  readonly request: readonly string[]
  readonly header?: readonly string[]
  readonly budget?: readonly string[]
  readonly threshold?: readonly string[]
  readonly body?: string
  readonly host?: string
  readonly expectStatus?: string
  readonly prefix?: string
  readonly runtime: RuntimeOptions['runtime']
  readonly image?: string
  readonly openresty?: string
  readonly workers?: string
  readonly amount?: string
  readonly connections?: string
  readonly warmup?: string
  readonly keep?: boolean
  readonly json?: string
}

/** A run as it will be done; nothing has been started yet. */
export interface RunSettings {
  readonly runtime: RuntimeOptions
  readonly plan: Plan
  readonly thresholds: Thresholds
  /** Absolute path of the report, if one is asked for. */
  readonly json: string | undefined
}

/**
 * Checks every argument before anything starts. Paths are relative to the working directory.
 * @throws UsageError, or the PlanError, LoadError, BudgetError of the part that an argument is for
 */
export async function runSettings(conf: string, given: RunArguments): Promise<RunSettings> {
  const { prefix, image, openresty, json } = given
  return {
    runtime: {
      conf: await readable(conf),
      runtime: given.runtime,
      workers: given.workers === 'conf' ? 'conf' : (whole('--workers', given.workers) ?? 1),
      ...(prefix !== undefined && { prefix: await folder('--prefix', prefix) }),
      ...(image !== undefined && { image }),
      ...(openresty !== undefined && { openresty: openresty.includes('/') ? resolve(openresty) : openresty }),
      keep: given.keep ?? false,
    },
    plan: makePlan({
      requests: requestsOf(given),
      budgets: (given.budget ?? []).map(parseBudgetArgument),
      amount: whole('--amount', given.amount),
      connections: whole('--connections', given.connections),
      warmup: whole('--warmup', given.warmup),
      ...(given.expectStatus !== undefined && { expectStatus: parseStatusRanges(given.expectStatus) }),
    }),
    thresholds: parseThresholds(Object.fromEntries((given.threshold ?? []).map(threshold))),
    json: json === undefined ? undefined : await writable('--json', json),
  }
}

/** Headers, host and body go with every request; a method that is not named becomes POST where there is a body. */
export function requestsOf({
  request,
  header = [],
  host,
  body,
}: Pick<RunArguments, 'request' | 'header' | 'host' | 'body'>): RequestSpec[] {
  const headers = Object.fromEntries([...header.map(headerPair), ...(host === undefined ? [] : [['Host', host]])])
  return request.map((text) => {
    const spec = parseRequest(body !== undefined && !/\s/.test(text.trim()) ? `POST ${text}` : text)
    return { ...spec, ...(Object.keys(headers).length > 0 && { headers }), ...(body !== undefined && { body }) }
  })
}

function headerPair(text: string): [string, string] {
  const at = text.indexOf(':')
  if (at < 1) throw new UsageError(`--header ${JSON.stringify(text)} has no name and value: write 'Name: value'.`)
  return [text.slice(0, at).trim(), text.slice(at + 1).trim()]
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

export function whole(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (/^\d+$/.test(text)) return Number(text)
  const also = option === '--workers' ? " or 'conf'" : ''
  throw new UsageError(`${option} ${JSON.stringify(text)} is not a whole number${also}.`)
}

async function readable(conf: string): Promise<string> {
  const file = resolve(conf)
  const found = await stat(file).catch((cause: unknown) => {
    throw new UsageError(`cannot read ${conf}: ${reasonOf(cause)}. Give the path of an nginx.conf.`, { cause })
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
