import { sumBy, sumOf } from '../../base/sum.js'
import type { LatencyUs, LoadPlan, LoadResult, RequestResult } from '../../types/load.js'
import type { HttpProtocol, RequestSpec } from '../../types/request.js'
import type { Loss } from '../lane/lane.js'
import { protocolName } from '../plan/protocol.js'
import { nameOf } from '../plan/request.js'
import { Histogram } from './histogram.js'
import type { PartCount } from './part.js'
import type { TallyData } from './tally.js'

interface Counted {
  completed: number
  unexpected: number
  readonly statuses: Record<string, number>
  readonly latency: Histogram
}

/** Adds up what the client threads of a plan counted into the result that reports show. */
export function loadResult(
  plan: Pick<LoadPlan, 'amount'>,
  requests: readonly RequestSpec[],
  parts: readonly PartCount[],
  protocols: readonly HttpProtocol[] = ['http1'],
): LoadResult {
  const tallies = parts.map(({ tally }) => tally)
  const durationMs = spanMs(parts)
  const all = nothing()
  const byName = new Map<string, Counted>()
  requests.forEach((request, index) => {
    const name = nameOf(request)
    const named = byName.get(name) ?? nothing()
    byName.set(name, named)
    for (const tally of tallies) {
      const { completed, unexpected, statuses, latency } = tally.requests[index]!
      const counted = { completed, unexpected, statuses, latency: Histogram.from(latency) }
      add(named, counted)
      add(all, counted)
    }
  })
  const errors = {
    connect: sum(tallies, 'connect'),
    reset: sum(tallies, 'reset'),
    timeout: sum(tallies, 'timeout'),
    closed: sum(tallies, 'closed'),
  }
  const refused = sumBy(tallies, (tally) => tally.refused)
  const sent = all.completed + refused + errors.reset + errors.timeout + errors.closed
  const bytesRead = sumBy(tallies, (tally) => tally.bytesRead)
  const firstError = tallies.find((tally) => tally.firstError !== null)?.firstError
  const gaveUp = parts.find((part) => part.gaveUp !== null)?.gaveUp
  const { completed, unexpected, statuses, requestsPerSecond, latencyUs } = requestResult(all, durationMs)
  return {
    protocol: [...new Set(protocols.map(protocolName))].join(', '),
    asked: Number.isFinite(plan.amount) ? plan.amount : (due(parts) ?? sent),
    sent,
    ...(refused > 0 && { refused }),
    completed,
    durationMs,
    bytesRead,
    statuses,
    unexpected,
    errors,
    ...(firstError != null && { firstError }),
    ...(gaveUp != null && { gaveUp: `${gaveUp}${whyLost(firstError, refused)}` }),
    requestsPerSecond,
    latencyUs,
    latencyWithinStdev: all.latency.shareWithin(1),
    threadRate: threadRate(parts, requestsPerSecond / parts.length),
    perRequest: Object.fromEntries([...byName].map(([name, counted]) => [name, counted.completed])),
    byRequest: Object.fromEntries([...byName].map(([name, counted]) => [name, requestResult(counted, durationMs)])),
  }
}

/** A server that refuses says so of streams that no error is counted for. */
function whyLost(firstError: string | null | undefined, refused: number): string {
  if (firstError != null) return `, the first by ${firstError}`
  return refused > 0 ? ': the server refused them (GOAWAY or REFUSED_STREAM)' : ''
}

function requestResult({ completed, unexpected, statuses, latency }: Counted, durationMs: number): RequestResult {
  const requestsPerSecond = durationMs > 0 ? completed / (durationMs / 1000) : 0
  return { completed, unexpected, statuses, requestsPerSecond, latencyUs: latencyUs(latency) }
}

/** A histogram of microseconds in the figures that reports show. */
export function latencyUs(latency: Histogram): LatencyUs {
  return {
    min: latency.min,
    mean: latency.mean,
    stdev: latency.stdev,
    max: latency.max,
    p50: latency.percentile(50),
    p75: latency.percentile(75),
    p90: latency.percentile(90),
    p99: latency.percentile(99),
    p999: latency.percentile(99.9),
  }
}

function nothing(): Counted {
  return { completed: 0, unexpected: 0, statuses: {}, latency: new Histogram() }
}

function add(to: Counted, from: Counted): void {
  to.completed += from.completed
  to.unexpected += from.unexpected
  for (const [status, count] of Object.entries(from.statuses)) to.statuses[status] = (to.statuses[status] ?? 0) + count
  to.latency.add(from.latency)
}

function sum(tallies: readonly TallyData[], kind: Loss): number {
  return sumBy(tallies, (tally) => tally.errors[kind])
}

function spanMs(parts: readonly PartCount[]): number {
  const starts = parts.flatMap(({ startMs }) => startMs ?? [])
  const lasts = parts.flatMap(({ lastMs }) => lastMs ?? [])
  return starts.length === 0 ? 0 : Math.max(...lasts) - Math.min(...starts)
}

function due(parts: readonly PartCount[]): number | null {
  const dues = parts.flatMap((part) => part.due ?? [])
  return dues.length === 0 ? null : sumOf(dues)
}

/** wrk's line `Req/Sec`. A run too short for one sample is its own sample. */
function threadRate(parts: readonly PartCount[], overall: number): NonNullable<LoadResult['threadRate']> {
  const sampled = parts.flatMap(({ rates }) => rates)
  const rates = sampled.length > 0 ? sampled : [overall]
  const mean = sumOf(rates) / rates.length
  const stdev = Math.sqrt(sumBy(rates, (rate) => (rate - mean) ** 2) / rates.length)
  const within = rates.filter((rate) => Math.abs(rate - mean) <= stdev)
  return { mean, stdev, max: Math.max(...rates), withinStdev: within.length / rates.length }
}
