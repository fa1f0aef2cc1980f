import { nearest } from '../../base/nearest.js'
import { sumBy } from '../../base/sum.js'
import type { LatencyUs, RequestResult, RoundLoad } from '../../types/load.js'
import { LoadError } from '../error.js'

/** What a value is measured in. A `count` can also be judged as a share of what was sent or answered. */
export type Unit = 'us' | 'perSecond' | 'bytesPerSecond' | 'count'

/**
 * What has to be seen to know a figure: how many there were; what failed, or only that it took too long; the time,
 * status or size of each, or its connection.
 */
export type Need = 'count' | 'failures' | 'timeouts' | 'time' | 'status' | 'size' | 'connection'

/** One figure of a RoundLoad. Functions return null for what was not measured. */
export interface Metric {
  readonly unit: Unit
  readonly needs: Need
  readonly of: (load: RoundLoad) => number | null
  /** The same for one request name; absent where only the whole load knows it. */
  readonly ofRequest?: (request: RequestResult) => number | null
  /** For a count: what its share is taken of. */
  readonly whole?: (load: RoundLoad | RequestResult) => number
}

const METRICS: ReadonlyMap<string, Metric> = new Map([
  ...(['min', 'mean', 'stdev', 'max', 'p50', 'p75', 'p90', 'p99', 'p999'] as const).map(latency),
  ['requests.rate', both('perSecond', 'count', (load) => (load.completed > 0 ? load.requestsPerSecond : null))],
  ['requests.completed', both('count', 'count', ({ completed }) => completed)],
  ['transfer.rate', { unit: 'bytesPerSecond', needs: 'size', of: transferRate }],
  ['errors', { ...errors('failures'), of: allErrors }],
  ['errors.connect', errors('connection', 'connect')],
  ['errors.reset', errors('connection', 'reset')],
  ['errors.timeout', errors('timeouts', 'timeout')],
  ['errors.closed', errors('connection', 'closed')],
  ['unexpected', both('count', 'status', ({ unexpected }) => unexpected)],
  [
    'non2xx',
    both(
      'count',
      'status',
      statuses((status) => !status.startsWith('2')),
    ),
  ],
  ...['1', '2', '3', '4', '5'].map((digit): [string, Metric] => [
    `${digit}xx`,
    both(
      'count',
      'status',
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
      'status',
      statuses((status) => status === name),
    )
  const legal = [...METRICS.keys()]
  const near = nearestMetric(name, legal)
  const meant = near === undefined ? '.' : `; did you mean ${near}?`
  throw new LoadError(
    'LOAD_BAD_THRESHOLD',
    `'${name}' is no metric${meant} Legal: ${legal.join(', ')}, or a status such as 404.`,
  )
}

/** What other load tools call it (wrk, k6, autocannon, hey). */
const ELSEWHERE: ReadonlyMap<string, string> = new Map([
  ['rps', 'requests.rate'],
  ['qps', 'requests.rate'],
  ['reqs', 'requests.rate'],
  ['httpreqs', 'requests.rate'],
  ['throughput', 'requests.rate'],
  ['avg', 'latency.mean'],
  ['average', 'latency.mean'],
  ['med', 'latency.p50'],
  ['median', 'latency.p50'],
  ['p999', 'latency.p999'],
  ['latency', 'latency.p99'],
  ['duration', 'latency.p99'],
  ['httpreqduration', 'latency.p99'],
  ['httpreqfailed', 'non2xx'],
  ['timeouts', 'errors.timeout'],
])

/** The metric that was probably meant: `p99` and `p(99)` by its last part, then by what others call it, then by few typing errors. */
function nearestMetric(name: string, legal: readonly string[]): string | undefined {
  const plain = name.toLowerCase().replace(/[^a-z0-9]/g, '')
  const byPart = new Map(legal.map((metric) => [metric.slice(metric.lastIndexOf('.') + 1), metric]))
  const known = [...byPart].findLast(([part]) => part === plain)?.[1] ?? ELSEWHERE.get(plain)
  if (known !== undefined) return known
  const part = nearest(plain, [...byPart.keys()])
  return nearest(name, legal) ?? (part === undefined ? undefined : byPart.get(part))
}

function latency(key: keyof LatencyUs): [string, Metric] {
  return [
    `latency.${key}`,
    both('us', 'time', ({ completed, latencyUs }) => (latencyUs && completed > 0 ? latencyUs[key] : null)),
  ]
}

function both(unit: Unit, needs: Need, of: (load: RoundLoad | RequestResult) => number | null): Metric {
  return { unit, needs, of, ofRequest: of, whole: ({ completed }) => completed }
}

function errors(needs: Need, ...kinds: (keyof RoundLoad['errors'])[]): Metric {
  const of = (load: RoundLoad) => sumBy(kinds, (kind) => load.errors[kind])
  return {
    unit: 'count',
    needs,
    of,
    whole: (load) => ('asked' in load ? load.completed + allErrors(load) : load.completed),
  }
}

/** Tries without an answer, and calls that threw. */
function allErrors({ errors: { connect, reset, timeout, closed }, failures }: RoundLoad): number {
  return connect + reset + timeout + closed + (failures?.count ?? 0)
}

function statuses(counts: (status: string) => boolean): (load: RoundLoad | RequestResult) => number {
  return (load) => Object.entries(load.statuses).reduce((sum, [status, n]) => (counts(status) ? sum + n : sum), 0)
}

function transferRate({ bytesRead, durationMs }: RoundLoad): number | null {
  return durationMs > 0 ? bytesRead / (durationMs / 1000) : null
}
