import { nearest } from '../../base/nearest.js'
import type { LatencyUs, LoadResult, RequestResult } from '../../types/load.js'
import { LoadError } from '../error.js'

/** What a value is measured in. A `count` can also be judged as a share of what was sent or answered. */
export type Unit = 'us' | 'perSecond' | 'bytesPerSecond' | 'count'

/** One figure of a LoadResult. Functions return null for what was not measured. */
export interface Metric {
  readonly unit: Unit
  readonly of: (load: LoadResult) => number | null
  /** The same for one request name; absent where only the whole load knows it. */
  readonly ofRequest?: (request: RequestResult) => number | null
  /** For a count: what its share is taken of. */
  readonly whole?: (load: LoadResult | RequestResult) => number
}

const METRICS: ReadonlyMap<string, Metric> = new Map([
  ...(['min', 'mean', 'stdev', 'max', 'p50', 'p75', 'p90', 'p99', 'p999'] as const).map(latency),
  ['requests.rate', both('perSecond', (load) => (load.completed > 0 ? load.requestsPerSecond : null))],
  ['requests.completed', both('count', ({ completed }) => completed)],
  ['transfer.rate', { unit: 'bytesPerSecond', of: transferRate }],
  ['errors', errors('connect', 'reset', 'timeout', 'closed')],
  ['errors.connect', errors('connect')],
  ['errors.reset', errors('reset')],
  ['errors.timeout', errors('timeout')],
  ['errors.closed', errors('closed')],
  ['unexpected', both('count', ({ unexpected }) => unexpected)],
  [
    'non2xx',
    both(
      'count',
      statuses((status) => !status.startsWith('2')),
    ),
  ],
  ...['1', '2', '3', '4', '5'].map((digit): [string, Metric] => [
    `${digit}xx`,
    both(
      'count',
      statuses((status) => status.startsWith(digit)),
    ),
  ]),
])

const ALIASES: ReadonlyMap<string, string> = new Map([
  ['latency.p99.9', 'latency.p999'],
  ['latency.avg', 'latency.mean'],
  ['latency.p100', 'latency.max'],
])

/**
 * The metric of that name: one of the table above, or a status such as `404`.
 * Throws a LoadError `LOAD_BAD_THRESHOLD` that names the nearest legal name.
 */
export function metricOf(name: string): Metric {
  const known = METRICS.get(ALIASES.get(name) ?? name)
  if (known) return known
  if (/^[1-5]\d\d$/.test(name))
    return both(
      'count',
      statuses((status) => status === name),
    )
  const legal = [...METRICS.keys()]
  const near = nearest(name, legal)
  const meant = near === undefined ? '' : `; did you mean ${near}?`
  throw new LoadError(
    'LOAD_BAD_THRESHOLD',
    `'${name}' is no metric${meant}${meant ? '' : ':'} Legal: ${legal.join(', ')}, or a status such as 404`,
  )
}

function latency(key: keyof LatencyUs): [string, Metric] {
  return [`latency.${key}`, both('us', ({ completed, latencyUs }) => (completed > 0 ? latencyUs[key] : null))]
}

function both(unit: Unit, of: (load: LoadResult | RequestResult) => number | null): Metric {
  return { unit, of, ofRequest: of, whole: ({ completed }) => completed }
}

function errors(...kinds: (keyof LoadResult['errors'])[]): Metric {
  const of = (load: LoadResult) => kinds.reduce((sum, kind) => sum + load.errors[kind], 0)
  return { unit: 'count', of, whole: (load) => ('asked' in load ? load.completed + allErrors(load) : load.completed) }
}

function allErrors({ errors: { connect, reset, timeout, closed } }: LoadResult): number {
  return connect + reset + timeout + closed
}

function statuses(counts: (status: string) => boolean): (load: LoadResult | RequestResult) => number {
  return (load) => Object.entries(load.statuses).reduce((sum, [status, n]) => (counts(status) ? sum + n : sum), 0)
}

function transferRate({ bytesRead, durationMs }: LoadResult): number | null {
  return durationMs > 0 ? bytesRead / (durationMs / 1000) : null
}
