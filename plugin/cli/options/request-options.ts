import { type Exploration, explore } from '../../explore/exploration.js'
import { parseRequest } from '../../load/plan/request.js'
import type { PlanInput } from '../../measure/plan.js'
import { readConfHere } from '../../runtime/local/prepare-here.js'
import type { Plan } from '../../types/plan.js'
import type { RequestSpec } from '../../types/request.js'
import type { RuntimeOptions } from '../../types/runtime.js'
import { UsageError } from './usage.js'
import { whole } from './values.js'

/** What commander hands over of what is sent. */
export interface RequestArguments {
  readonly request?: readonly string[]
  readonly requestsFrom?: string
  readonly logFormat?: string
  readonly allRoutes?: boolean
  readonly unsafe?: boolean
  readonly header?: readonly string[]
  readonly host?: string
  readonly body?: string
  readonly abortAfter?: string
}

/** What there is to ask before the plan is made of it, and the options it is then made from. */
export interface Explored {
  readonly found: Exploration
  readonly input: PlanInput
}

/** Where the requests come from: exactly one of three. @throws UsageError */
export function sourceOf(
  { requestsFrom, logFormat, allRoutes = false, unsafe = false, body, abortAfter }: RequestArguments,
  requests: readonly RequestSpec[],
  headers: Readonly<Record<string, string>>,
): Pick<PlanInput, 'requests' | 'requestsFrom' | 'logFormat' | 'routes' | 'unsafe' | 'headers'> {
  const sources = [
    requests.length > 0 && '--request',
    requestsFrom !== undefined && '--requests-from',
    allRoutes && '--all-routes',
  ]
  const given = sources.filter((name) => typeof name === 'string')
  if (given.length === 0)
    throw new UsageError('what is to be sent? Give --request /path, --requests-from FILE or --all-routes.')
  if (given.length > 1)
    throw new UsageError(`${given.join(' and ')} exclude each other: each says what to send. Leave one out.`)
  if (logFormat !== undefined && requestsFrom === undefined) {
    throw new UsageError('--log-format is the format of an access log: it needs --requests-from FILE.')
  }
  if (requests.length > 0) {
    if (unsafe)
      throw new UsageError(
        '--unsafe is for --requests-from and --all-routes: a request that is named is sent as it is.',
      )
    return { requests }
  }
  const own = [body !== undefined && '--body', abortAfter !== undefined && '--abort-after'].filter(
    (name) => typeof name === 'string',
  )
  if (own.length > 0)
    throw new UsageError(`${own.join(' and ')} would go with each request of ${given[0]}: they are for --request.`)
  return {
    ...(allRoutes
      ? { routes: 'all' as const }
      : { requestsFrom: requestsFrom!, ...(logFormat !== undefined && { logFormat }) }),
    unsafe,
    headers,
  }
}

/** Reads the file or the conf before anything starts. @throws LoadError, RuntimeError, UsageError */
export async function explorationOf(
  input: PlanInput,
  { expectStatus }: Plan,
  title: string,
  boot: Pick<RuntimeOptions, 'conf' | 'prefix' | 'replace'> | undefined,
): Promise<Explored | undefined> {
  if (input.requestsFrom === undefined && input.routes === undefined) return undefined
  if (input.routes !== undefined && !boot) {
    throw new UsageError(
      '--all-routes are those of a conf, and --attach has none: name the requests, or give --requests-from FILE.',
    )
  }
  const found = await explore({ input, expectStatus, title, ...(boot && { tree: readConfHere(boot) }) })
  return found && { found, input }
}

export function sourceName({ requestsFrom, allRoutes }: RequestArguments): string {
  return allRoutes ? 'all routes' : `requests of ${requestsFrom}`
}

/** Headers, host and body go with every request; a method that is not named becomes POST where there is a body. */
export function requestsOf({ request = [], body, abortAfter, ...given }: RequestArguments): RequestSpec[] {
  const abortAfterMs = whole('--abort-after', abortAfter)
  const headers = headersOf(given)
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

export function headersOf({ header = [], host }: RequestArguments): Record<string, string> {
  return Object.fromEntries([...header.map(headerPair), ...(host === undefined ? [] : [['Host', host]])])
}

function headerPair(text: string): [string, string] {
  const at = text.indexOf(':')
  if (at < 1) throw new UsageError(`--header ${JSON.stringify(text)} has no name and value: write 'Name: value'.`)
  return [text.slice(0, at).trim(), text.slice(at + 1).trim()]
}
