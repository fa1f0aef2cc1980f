import { sumBy } from '../base/sum.js'
import type { LatencyUs, RequestResult, RoundLoad } from '../types/load.js'

/**
 * Several runs of the same load as one.
 * Counts, means and standard deviations are exact, shares within one are the mean of each run's own; a percentile is
 * that of the worst run, which that of all together cannot exceed.
 * @returns null for no run
 */
export function mergeLoads(loads: readonly RoundLoad[]): RoundLoad | null {
  const [first] = loads
  if (!first) return null
  const durationMs = sumBy(loads, (load) => load.durationMs)
  const completed = sumBy(loads, (load) => load.completed)
  const firstError = loads.find((load) => load.firstError)?.firstError
  const gaveUp = loads.find((load) => load.gaveUp)?.gaveUp
  const refused = sumBy(loads, (load) => load.refused ?? 0)
  const { driver, protocol, command, unit } = first
  return {
    ...(refused > 0 && { refused }),
    ...(driver !== undefined && { driver }),
    ...(protocol !== undefined && { protocol }),
    ...(command !== undefined && { command }),
    ...(unit !== undefined && { unit }),
    asked: sumBy(loads, (load) => load.asked),
    ...(first.sent !== undefined && { sent: sumBy(loads, (load) => load.sent ?? 0) }),
    completed,
    durationMs,
    bytesRead: sumBy(loads, (load) => load.bytesRead),
    statuses: addCounts(loads.map((load) => load.statuses)),
    unexpected: sumBy(loads, (load) => load.unexpected),
    errors: {
      connect: sumBy(loads, (load) => load.errors.connect),
      reset: sumBy(loads, (load) => load.errors.reset),
      timeout: sumBy(loads, (load) => load.errors.timeout),
      closed: sumBy(loads, (load) => load.errors.closed),
    },
    ...(firstError !== undefined && { firstError }),
    ...(gaveUp !== undefined && { gaveUp }),
    ...mergeFailures(loads),
    requestsPerSecond: perSecond(completed, durationMs),
    ...mergeLatencies(loads),
    ...mergeWithin(loads),
    ...mergeRates(loads),
    perRequest: addCounts(loads.map((load) => load.perRequest)),
    ...(first.byRequest && { byRequest: mergeByRequest(loads, durationMs) }),
  }
}

function mergeWithin(loads: readonly RoundLoad[]): Pick<RoundLoad, 'latencyWithinStdev'> {
  const shares = loads.flatMap(({ completed, latencyWithinStdev: share }) =>
    share === undefined || completed === 0 ? [] : { completed, share },
  )
  if (shares.length === 0) return {}
  const completed = sumBy(shares, (part) => part.completed)
  return { latencyWithinStdev: sumBy(shares, (part) => part.completed * part.share) / completed }
}

function mergeRates(loads: readonly RoundLoad[]): Pick<RoundLoad, 'threadRate'> {
  const parts = loads.flatMap(({ durationMs, threadRate }) => (threadRate ? { durationMs, ...threadRate } : []))
  const time = sumBy(parts, (part) => part.durationMs)
  if (time === 0) return {}
  const mean = sumBy(parts, (part) => part.durationMs * part.mean) / time
  const square = sumBy(parts, (part) => part.durationMs * (part.stdev ** 2 + part.mean ** 2)) / time
  return {
    threadRate: {
      mean,
      stdev: Math.sqrt(Math.max(0, square - mean ** 2)),
      max: Math.max(...parts.map(({ max }) => max)),
      withinStdev: sumBy(parts, (part) => part.durationMs * part.withinStdev) / time,
    },
  }
}

/** Those of the first run that had any. */
function mergeFailures(loads: readonly RoundLoad[]): Pick<RoundLoad, 'failures' | 'output'> {
  const failures = loads.flatMap((load) => load.failures ?? [])
  const output = loads.find((load) => load.output !== undefined)?.output
  const [first] = failures
  return {
    ...(first && { failures: { count: sumBy(failures, ({ count }) => count), first: first.first } }),
    ...(output !== undefined && { output }),
  }
}

/** None where the driver cannot tell. */
function mergeLatencies(loads: readonly RoundLoad[]): Pick<RoundLoad, 'latencyUs'> {
  const told = loads.flatMap(({ completed, latencyUs }) => (latencyUs ? { completed, latencyUs } : []))
  return told.length === 0 ? {} : { latencyUs: mergeLatency(told) }
}

function mergeByRequest(loads: readonly RoundLoad[], durationMs: number): Record<string, RequestResult> {
  const names = new Set(loads.flatMap((load) => Object.keys(load.byRequest ?? {})))
  return Object.fromEntries(
    [...names].map((name) => {
      const parts = loads.flatMap((load) => load.byRequest?.[name] ?? [])
      const completed = sumBy(parts, (part) => part.completed)
      return [
        name,
        {
          completed,
          unexpected: sumBy(parts, (part) => part.unexpected),
          statuses: addCounts(parts.map((part) => part.statuses)),
          requestsPerSecond: perSecond(completed, durationMs),
          latencyUs: mergeLatency(parts),
        },
      ]
    }),
  )
}

function mergeLatency(parts: readonly Pick<RequestResult, 'completed' | 'latencyUs'>[]): LatencyUs {
  const seen = parts.filter(({ completed }) => completed > 0)
  if (seen.length === 0) return parts[0]!.latencyUs
  const completed = sumBy(seen, (part) => part.completed)
  const mean = sumBy(seen, (part) => part.completed * part.latencyUs.mean) / completed
  const square =
    sumBy(seen, ({ completed: count, latencyUs }) => count * (latencyUs.stdev ** 2 + latencyUs.mean ** 2)) / completed
  const worst = (key: keyof LatencyUs) => Math.max(...seen.map(({ latencyUs }) => latencyUs[key]))
  return {
    min: Math.min(...seen.map(({ latencyUs }) => latencyUs.min)),
    mean,
    stdev: Math.sqrt(Math.max(0, square - mean ** 2)),
    max: worst('max'),
    p50: worst('p50'),
    p75: worst('p75'),
    p90: worst('p90'),
    p99: worst('p99'),
    p999: worst('p999'),
  }
}

function addCounts(counts: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const sums: Record<string, number> = {}
  for (const [key, count] of counts.flatMap((record) => Object.entries(record))) sums[key] = (sums[key] ?? 0) + count
  return sums
}

function perSecond(completed: number, durationMs: number): number {
  return durationMs > 0 ? (completed * 1000) / durationMs : 0
}
