import { dropUndefined } from '../../base/drop-undefined.js'
import { nearest } from '../../base/nearest.js'
import type { Work } from '../../types/driver.js'
import type { LoadPlan } from '../../types/load.js'
import type { HttpProtocol, RequestInput, RequestSpec } from '../../types/request.js'
import { LoadError } from '../error.js'
import { parseSeconds } from './duration.js'
import { checkLoadPlan } from './plan.js'
import { parseRequest, placedAt } from './request.js'
import { DEFAULT_EXPECTED, parseStatusRanges } from './status.js'

/** A load as users write it, with the options that wrk's users know. */
export interface LoadInput {
  /** One request, or several that share the load by weight. */
  readonly request?: RequestInput | readonly RequestInput[]
  /** The same under its other name. */
  readonly requests?: readonly RequestInput[]
  /** Load in Node by whatever client, in place of requests: one call is one unit. */
  readonly work?: Work
  /** Open connections, or calls of a work side by side. Default 10, or the amount if that is less. */
  readonly connections?: number
  /** Client threads. Default 1. */
  readonly threads?: number
  /** How long to send: `'10s'`, or seconds. Default `'10s'` where there is no amount. */
  readonly duration?: string | number
  /** Exact number of requests to complete. */
  readonly amount?: number
  /** False opens a connection for each request. Default true. */
  readonly keepAlive?: boolean
  /**
   * What to speak: `'http1'`, `'h2'` (HTTP/2 over TLS) or `'h2c'` (HTTP/2 without it).
   * Default: HTTP/2 where a listener speaks nothing else, or else HTTP/1.1.
   */
  readonly protocol?: HttpProtocol
  /** Requests that may be under way at once on each connection of HTTP/2. Default 4. */
  readonly streams?: number
  /** The conf's port for requests that name none. Default: the first that listens. */
  readonly port?: number
  /** The conf's unix socket for requests that name none: `'/run/app.sock'`. */
  readonly socket?: string
  /** Requests per second over all connections. Default: as fast as answers come. */
  readonly rate?: number
  /** Longest wait for one answer. Default `'10s'`. */
  readonly timeout?: string | number
  /** For requests that don't name their own. */
  readonly method?: string
  /** Headers of all requests, under their own. */
  readonly headers?: Readonly<Record<string, string>>
  /** For requests that don't name their own. */
  readonly body?: string
  /** Statuses that are no failure: `'200-399,404'`. Default `'200-399'`. */
  readonly expectStatus?: string | readonly (readonly [number, number])[]
  /** ES module with the hooks `request`, `response`, `done`: absolute path or file URL. */
  readonly script?: string | URL
  /** What the first `{n}` of a template is. Default 0; with a server that a file shares, one that no earlier test sent. */
  readonly firstNumber?: number
}

const OPTIONS: Readonly<Record<keyof LoadInput, true>> = {
  request: true,
  requests: true,
  work: true,
  connections: true,
  threads: true,
  duration: true,
  amount: true,
  keepAlive: true,
  protocol: true,
  streams: true,
  port: true,
  socket: true,
  rate: true,
  timeout: true,
  method: true,
  headers: true,
  body: true,
  expectStatus: true,
  script: true,
  firstNumber: true,
}

/** A load, defaults filled in and checked. */
export type LoadJob = RequestsJob | WorkJob

interface RequestsJob {
  readonly kind: 'requests'
  readonly plan: LoadPlan
}

interface WorkJob {
  readonly kind: 'work'
  readonly work: Work
  readonly amount: number
  readonly durationS: number | undefined
  readonly connections: number
  readonly firstNumber: number
  readonly timeoutS: number
}

/** What the calls of a work have in common with requests. */
const OF_WORK: readonly string[] = ['work', 'connections', 'duration', 'amount', 'timeout', 'firstNumber']

/**
 * What `load` is to do. Throws a LoadError `LOAD_BAD_PLAN`, `LOAD_BAD_REQUEST` or `LOAD_BAD_STATUS`;
 * for an option that does not exist it names the nearest one that does.
 */
export function parseLoadInput(input: LoadInput): LoadJob {
  refuseUnknown(input)
  return input.work === undefined ? { kind: 'requests', plan: requestsPlan(input) } : workJob(input, input.work)
}

function workJob(input: LoadInput, work: Work): WorkJob {
  const foreign = Object.keys(input).find((option) => !OF_WORK.includes(option))
  if (foreign !== undefined) {
    throw new LoadError(
      'LOAD_BAD_PLAN',
      `${foreign} is for requests, and a work makes its own: leave one of the two out`,
    )
  }
  if (typeof work !== 'function') {
    throw new LoadError(
      'LOAD_BAD_PLAN',
      `work ${JSON.stringify(work)} is no function: write async ({ n, url }) => { ... }`,
    )
  }
  const { connections, duration, amount, timeout = 10, firstNumber = 0 } = input
  const plan = requestsPlan({ request: '/', ...dropUndefined({ connections, duration, amount, timeout, firstNumber }) })
  return {
    kind: 'work',
    work,
    amount: plan.amount,
    durationS: plan.durationS,
    connections: plan.connections,
    firstNumber,
    timeoutS: plan.timeoutS!,
  }
}

function requestsPlan(input: LoadInput): LoadPlan {
  const {
    protocol,
    streams,
    threads,
    duration,
    keepAlive,
    rate,
    timeout,
    expectStatus = DEFAULT_EXPECTED,
    script,
    firstNumber,
  } = input
  const amount = input.amount ?? Number.POSITIVE_INFINITY
  const plan: LoadPlan = {
    requests: requestsOf(input),
    amount,
    connections: input.connections ?? Math.min(10, amount),
    expectStatus: typeof expectStatus === 'string' ? parseStatusRanges(expectStatus) : expectStatus,
    ...(protocol !== undefined && { protocol }),
    ...(streams !== undefined && { streams }),
    ...(threads !== undefined && { threads }),
    ...(keepAlive !== undefined && { keepAlive }),
    ...(rate !== undefined && { rate }),
    ...(timeout !== undefined && { timeoutS: parseSeconds('timeout', timeout) }),
    ...(script !== undefined && { script: String(script) }),
    ...(firstNumber !== undefined && { firstNumber }),
    ...(duration !== undefined && { durationS: parseSeconds('duration', duration) }),
    ...(duration === undefined && input.amount === undefined && { durationS: 10 }),
  }
  checkLoadPlan(plan)
  return plan
}

function refuseUnknown(input: LoadInput): void {
  const legal = Object.keys(OPTIONS)
  for (const option of Object.keys(input)) {
    if (legal.includes(option)) continue
    const near = nearest(option, legal)
    const meant = near === undefined ? '.' : `; did you mean ${near}?`
    throw new LoadError('LOAD_BAD_PLAN', `load has no option '${option}'${meant} Legal: ${legal.join(', ')}`)
  }
}

function requestsOf({ request, requests, method, headers, body, port, socket }: LoadInput): RequestSpec[] {
  if (request !== undefined && requests !== undefined) {
    throw new LoadError('LOAD_BAD_PLAN', 'request and requests exclude each other: put all of them into requests')
  }
  const all = [requests ?? request ?? []].flat()
  const parsed = all.map((one) => {
    const own = typeof one === 'string' ? parseRequest(withMethod(one, method)) : one
    return parseRequest({
      ...own,
      ...(own.method === undefined && method !== undefined && { method }),
      ...((headers || own.headers) && { headers: { ...headers, ...own.headers } }),
      ...(own.body === undefined && body !== undefined && { body }),
    })
  })
  return placedAt(parsed, dropUndefined({ port, socket }))
}

function withMethod(text: string, method: string | undefined): string {
  return method === undefined || /\s/.test(text.trim()) ? text : `${method} ${text}`
}
