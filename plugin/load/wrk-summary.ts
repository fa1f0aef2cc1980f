import type { LoadResult } from '../types/load.js'

/** What wrk's heading says, which a result does not know. Without it there is no heading. */
export interface WrkHeading {
  readonly url: string
  readonly threads: number
  readonly connections: number
  /** Planned seconds; without it the heading counts requests. */
  readonly durationS?: number
}

/**
 * A result in the form of wrk's output, unit rules and column widths included, with a line for 99.9 % more. `read` errors are
 * connections that were reset or ended without an answer.
 */
export function wrkSummary(result: LoadResult, heading?: WrkHeading): string {
  const { latencyUs, latencyWithinStdev = 0, threadRate, completed, errors, durationMs, bytesRead } = result
  const rate = threadRate ?? { mean: result.requestsPerSecond, stdev: 0, max: result.requestsPerSecond, withinStdev: 1 }
  const read = errors.reset + errors.closed
  const failed = errors.connect + read + errors.timeout
  const bad = badStatuses(result)
  return [
    ...(heading ? headingLines(heading, result) : []),
    '  Thread Stats   Avg      Stdev     Max   +/- Stdev',
    statsLine('Latency', { ...latencyUs, withinStdev: latencyWithinStdev }, timeUs),
    statsLine('Req/Sec', rate, metric),
    '  Latency Distribution',
    ...PERCENTILES.map(([percent, key]) => `${percent.padStart(7)}%${padded(timeUs(latencyUs[key]), 10)}`.trimEnd()),
    `  ${completed} requests in ${timeUs(durationMs * 1000)}, ${binary(bytesRead)}B read`,
    ...(failed > 0
      ? [`  Socket errors: connect ${errors.connect}, read ${read}, write 0, timeout ${errors.timeout}`]
      : []),
    ...(bad > 0 ? [`  Non-2xx or 3xx responses: ${bad}`] : []),
    `Requests/sec: ${result.requestsPerSecond.toFixed(2).padStart(9)}`,
    `Transfer/sec: ${binary(durationMs > 0 ? (bytesRead * 1000) / durationMs : 0).padStart(10)}B`,
  ].join('\n')
}

const PERCENTILES = [
  ['50', 'p50'],
  ['75', 'p75'],
  ['90', 'p90'],
  ['99', 'p99'],
  ['99.9', 'p999'],
] as const

function headingLines({ url, threads, connections, durationS }: WrkHeading, { asked }: LoadResult): string[] {
  const length = durationS === undefined ? `${asked} requests` : scaled(durationS, SECONDS, 0)
  return [`Running ${length} test @ ${url}`, `  ${threads} threads and ${connections} connections`]
}

interface Stats {
  readonly mean: number
  readonly stdev: number
  readonly max: number
  readonly withinStdev: number
}

function statsLine(name: string, { mean, stdev, max, withinStdev }: Stats, format: (value: number) => string): string {
  const cells = padded(format(mean), 8) + padded(format(stdev), 10) + padded(format(max), 9)
  return `    ${name.padEnd(10)}${cells}${(withinStdev * 100).toFixed(2).padStart(8)}%`
}

function badStatuses({ statuses }: LoadResult): number {
  return Object.entries(statuses).reduce((sum, [status, count]) => (/^[23]/.test(status) ? sum : sum + count), 0)
}

/** wrk's print_units: the digits line up whether the unit has no letter, one or two. */
function padded(text: string, width: number): string {
  const letters = Math.min(2, /[a-z]*$/i.exec(text)![0].length)
  return text.padStart(width - 2 + letters) + ' '.repeat(2 - letters)
}

interface Units {
  readonly scale: number
  readonly names: readonly string[]
}

const MICROSECONDS: Units = { scale: 1000, names: ['us', 'ms'] }
const SECONDS: Units = { scale: 60, names: ['s', 'm', 'h'] }
const METRIC: Units = { scale: 1000, names: ['', 'k', 'M', 'G', 'T', 'P'] }
const BINARY: Units = { scale: 1024, names: ['', 'K', 'M', 'G', 'T', 'P'] }

/** wrk's format_units: the next unit begins at 0.85 of its size. */
function scaled(value: number, { scale, names }: Units, digits: number): string {
  let amount = value
  let step = 0
  while (step < names.length - 1 && amount >= scale * 0.85) {
    amount /= scale
    step++
  }
  return amount.toFixed(digits) + names[step]
}

function timeUs(us: number): string {
  return us >= 1e6 ? scaled(us / 1e6, SECONDS, 2) : scaled(us, MICROSECONDS, 2)
}

function metric(value: number): string {
  return scaled(value, METRIC, 2)
}

function binary(bytes: number): string {
  return scaled(bytes, BINARY, 2)
}
