import type { Exploration } from '../../explore/exploration.js'
import { nameOf } from '../../load/plan/request.js'
import type { PlanInput } from '../../measure/plan-options.js'
import type { Plan } from '../../types/plan.js'
import type { RequestSpec } from '../../types/request.js'
import type { CommandOption, PlanArguments } from './plan-options.js'
import { headersOf, type RequestArguments, requestsOf } from './request-options.js'
import type { MeasuredServer } from './server-options.js'
import { UsageError } from './usage.js'

/** What commander hands over of who makes the load. */
export interface LoadArguments
  extends RequestArguments,
    Pick<PlanArguments, 'requestsFrom' | 'logFormat' | 'allRoutes' | 'unsafe' | 'command' | 'shell' | 'expectStatus'> {
  readonly loadSummary?: boolean
}

/** Those of a measurement that say who makes the load. */
export const LOAD_OPTIONS = [
  'request',
  'command',
  'shell',
  'requestsFrom',
  'logFormat',
  'routes',
  'unsafe',
] as const satisfies readonly CommandOption[]

/** Requests of the user, a source of requests, or a command. */
export type GivenLoad = Pick<PlanInput, 'requestsFrom' | 'logFormat' | 'routes' | 'unsafe' | 'headers' | 'shell'> & {
  readonly requests?: readonly RequestSpec[]
  readonly command?: string
}

/** What there is to ask before the plan is made of it, and the options it is then made from. */
export interface Explored {
  readonly found: Exploration
  readonly input: PlanInput
}

/** Options that shape requests, by their names on the command line. */
const OF_REQUESTS = {
  header: '--header',
  host: '--host',
  body: '--body',
  abortAfter: '--abort-after',
  expectStatus: '--expect-status',
  loadSummary: '--load-summary',
} as const satisfies Partial<Record<keyof LoadArguments, string>>

/** Who makes the load: exactly one of four. @throws UsageError */
export function loadOf(given: LoadArguments): GivenLoad {
  const { request = [], requestsFrom, logFormat, allRoutes = false, unsafe = false, command, shell } = given
  const sources = [
    request.length > 0 && '--request',
    requestsFrom !== undefined && '--requests-from',
    allRoutes && '--all-routes',
    command !== undefined && '--command',
  ].filter((name) => typeof name === 'string')
  if (shell && command === undefined)
    throw new UsageError('--shell is for a command: give --command TEXT, or leave it out.')
  if (sources.length === 0) {
    throw new UsageError(
      'what makes the load? Give --request /path, --requests-from FILE, --all-routes, or --command TEXT such as \'wrk -d2s "$URL/t"\'.',
    )
  }
  if (sources.length > 1)
    throw new UsageError(`${sources.join(' and ')} exclude each other: each makes the load. Give one.`)
  if (logFormat !== undefined && requestsFrom === undefined)
    throw new UsageError('--log-format is the format of an access log: it needs --requests-from FILE.')
  if (unsafe && requestsFrom === undefined && !allRoutes)
    throw new UsageError('--unsafe is for --requests-from and --all-routes: what is named is sent as it is.')
  if (command !== undefined) return ofCommand(given, command)
  return request.length > 0 ? { requests: requestsOf(given) } : ofSource(given, sources[0]!)
}

function ofCommand(given: LoadArguments, command: string): GivenLoad {
  for (const [option, name] of Object.entries(OF_REQUESTS)) {
    if (given[option as keyof typeof OF_REQUESTS] === undefined) continue
    throw new UsageError(
      `${name} is for --request: a command makes its own requests and looks at the answers itself. Leave it out.`,
    )
  }
  return { command, ...(given.shell && { shell: true }) }
}

function ofSource(given: LoadArguments, source: string): GivenLoad {
  const { requestsFrom, logFormat, allRoutes, unsafe = false, body, abortAfter } = given
  const own = [body !== undefined && '--body', abortAfter !== undefined && '--abort-after']
  const foreign = own.filter((name) => typeof name === 'string')
  if (foreign.length > 0)
    throw new UsageError(`${foreign.join(' and ')} would go with each request of ${source}: they are for --request.`)
  return {
    ...(allRoutes ? { routes: 'all' as const } : { requestsFrom: requestsFrom! }),
    ...(logFormat !== undefined && { logFormat }),
    unsafe,
    headers: headersOf(given),
  }
}

/** Reads the file or the conf before anything starts. @throws LoadError, RuntimeError, UsageError */
export async function explorationOf(
  input: PlanInput,
  { expectStatus }: Plan,
  server: MeasuredServer,
): Promise<Explored | undefined> {
  if (input.requestsFrom === undefined && input.routes === undefined) return undefined
  if (input.routes !== undefined && 'attach' in server) {
    throw new UsageError(
      '--all-routes are those of a conf, and --attach has none: name the requests, or give --requests-from FILE.',
    )
  }
  const { explore } = await import('../../explore/exploration.js')
  const { lookAtConf } = await import('../../runtime/local/prepare-here.js')
  const found =
    'boot' in server
      ? await lookAtConf(server.boot, (tree) => explore({ input, expectStatus, conf: { tree, title: server.title } }))
      : await explore({ input, expectStatus })
  return found && { found, input }
}

/** What a baseline calls a load by. */
export function loadName({ requests, requestsFrom, command }: GivenLoad): string {
  if (command !== undefined) return command
  if (requests) return requests.map(nameOf).join(', ')
  return requestsFrom === undefined ? 'all routes' : `requests of ${requestsFrom}`
}
