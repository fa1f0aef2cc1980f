import { parseCommand } from '../load/drivers/command-line.js'
import type { DriverKind, DriverPlan, Work } from '../types/driver.js'
import type { RequestInput } from '../types/request.js'
import { PlanError } from './plan-error.js'

/** Who makes the load, as users write it: one of these. */
export interface DriverInput {
  /** One request, or several that share the load by weight. */
  readonly request?: RequestInput | readonly RequestInput[]
  /** The same under its other name. */
  readonly requests?: readonly RequestInput[]
  /**
   * A file that tells which requests to send, and how often each: an access log of nginx, a HAR file, an OpenAPI
   * document, or a list with one request a line. Relative to the test file. What may change state is left out; see
   * `unsafe`.
   */
  readonly requestsFrom?: string
  /** How that access log is written, as nginx's `log_format` has it. Default: the formats of the conf, and combined. */
  readonly logFormat?: string
  /** `'all'`: one request for each location of the conf that answers a GET. */
  readonly routes?: 'all'
  /**
   * Also send what may change state: POST, PUT, PATCH and DELETE of `requestsFrom`; and, of `routes`, what goes on to
   * another machine. Default false.
   */
  readonly unsafe?: boolean
  /** Headers of all requests, under their own. */
  readonly headers?: Readonly<Record<string, string>>
  /** Load in Node by whatever client: one call is one unit, `connections` of them run side by side. What it throws makes the run invalid. */
  readonly work?: Work
  /**
   * A command that makes the load of a round, such as `['wrk', '-d2s', '$URL/t']` or the same as a text. It is run once
   * for each round; `$URL`, `$PORT_8081`
   * (where port 8081 of the conf is published), `$ROUND` (0 is the warm-up) and `$AMOUNT` (the round's planned size)
   * are filled in, and in its environment.
   * Units are what nginx counted meanwhile.
   */
  readonly command?: string | readonly string[]
  /** Give the command, which is then one text, to `/bin/sh -c`. Default false: it is started without a shell. */
  readonly shell?: boolean
}

/** Options by what they mean to a driver; those that mean nothing to it are refused. */
const NOT_FOR: Readonly<Record<DriverKind, Readonly<Record<string, string>>>> = {
  requests: { shell: 'is for a command' },
  work: {
    shell: 'is for a command',
    port: 'is for requests: a work is given port(n)',
    socket: 'is for requests: a work opens its own connections',
    protocol: 'is for requests: a work opens its own connections',
    streams: 'is for requests: a work opens its own connections',
    headers: 'is for requests: a work sends what it likes',
    keepAlive: 'is for requests: a work opens and closes its own connections',
    expectStatus: 'is for requests: a work throws for an answer that it does not expect',
  },
  command: {
    headers: 'is for requests: a command sends what it likes',
    connections: 'is for requests and work: a command opens its own connections',
    burst: 'is for requests and work: a command opens its own connections',
    port: 'is for requests: a command is given $PORT_<n>',
    socket: 'is for requests: a command opens its own connections',
    protocol: 'is for requests: a command opens its own connections',
    streams: 'is for requests: a command opens its own connections',
    keepAlive: 'is for requests: a command opens and closes its own connections',
    expectStatus: 'is for requests: a command that finds a wrong answer ends with an exit code other than 0',
  },
}

/**
 * Which driver a plan names; requests where it names none.
 * @throws PlanError for two of them, or for options that mean nothing to the one
 */
export function driverPlanOf(input: DriverInput): DriverPlan {
  const { request, requests, requestsFrom, logFormat, routes, unsafe, work, command, shell = false } = input
  const named = [
    ...(request !== undefined || requests !== undefined ? ['request'] : []),
    ...(requestsFrom !== undefined ? ['requestsFrom'] : []),
    ...(routes !== undefined ? ['routes'] : []),
    ...(work !== undefined ? ['work'] : []),
    ...(command !== undefined ? ['command'] : []),
  ]
  if (named.length > 1) {
    throw invalid(`${named.join(' and ')} exclude each other: each of them says who makes the load; give one`)
  }
  if (routes !== undefined && routes !== 'all')
    throw invalid(`routes ${JSON.stringify(routes)} is not known: it is 'all'`)
  if (logFormat !== undefined && requestsFrom === undefined)
    throw invalid('logFormat is how an access log is written; it needs requestsFrom')
  if (unsafe && requestsFrom === undefined && routes === undefined)
    throw invalid('unsafe is for requestsFrom and routes: a request that is named is sent as it is; leave it out')
  const driver = driverOf()
  for (const [option, why] of Object.entries(NOT_FOR[driver.kind])) {
    if ((input as Readonly<Record<string, unknown>>)[option] === undefined) continue
    throw new PlanError('PLAN_OPTION_INVALID', `${option} ${why}; leave it out`)
  }
  return driver

  function driverOf(): DriverPlan {
    if (command !== undefined) return { kind: 'command', ...parseCommand(command, shell) }
    if (work === undefined) return { kind: 'requests' }
    if (typeof work === 'function') return { kind: 'work', work }
    throw new PlanError(
      'PLAN_OPTION_INVALID',
      `work ${JSON.stringify(work)} is no function; write async ({ n, url }) => { ... }`,
    )
  }
}

/** Each says by itself which requests there are. */
const OF_REQUESTS = ['request', 'requests', 'requestsFrom', 'routes'] as const satisfies (keyof DriverInput)[]

/** A project's defaults under a plan of its own: another driver takes the place of the default one, with the options that were for that. */
export function underDefaults<T extends DriverInput>(defaults: T, input: T): T {
  const kind: DriverKind | undefined =
    input.command !== undefined
      ? 'command'
      : input.work !== undefined
        ? 'work'
        : OF_REQUESTS.some((option) => input[option] !== undefined)
          ? 'requests'
          : undefined
  if (kind === undefined) return { ...defaults, ...input }
  const foreign = new Set<string>([
    ...OF_REQUESTS,
    'logFormat',
    'unsafe',
    'work',
    'command',
    ...Object.keys(NOT_FOR[kind]),
  ])
  const kept = Object.fromEntries(Object.entries(defaults).filter(([option]) => !foreign.has(option)))
  return { ...kept, ...input } as T
}

function invalid(message: string): PlanError {
  return new PlanError('PLAN_OPTION_INVALID', message)
}
