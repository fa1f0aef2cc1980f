import { sumOf } from '../../base/sum.js'
import type { Garbage } from '../../types/compare/result.js'
import type { Snapshot, TypeTally } from '../../types/snapshot.js'

/** Bursts between snapshots: short ones and ones twice as long, in turn. What a connection costs is in both and cancels out. */
export const GARBAGE_BURSTS = { short: 60, long: 120, times: 5 } as const
/** So many bursts of one length must agree to the byte. */
const AGREEING = 3

/** What a burst of requests left to the collector: all unreachable objects, before and after. */
export interface Burst {
  readonly requests: number
  readonly before: readonly Snapshot[]
  readonly after: readonly Snapshot[]
}

/**
 * Garbage that one request makes. The collector only takes away, so where the largest gain of several equal bursts
 * comes again and again, to the byte,
 * it did not run in those, and they are exact. Null where it cannot be told from what the collector did.
 */
export function garbagePerRequest(bursts: readonly Burst[]): Garbage | null {
  const objects = slope(bursts, 0)
  const bytes = slope(bursts, 1)
  return objects === null || bytes === null ? null : { objectsPerRequest: objects, bytesPerRequest: bytes }
}

function slope(bursts: readonly Burst[], part: 0 | 1): number | null {
  const [short, long] = [GARBAGE_BURSTS.short, GARBAGE_BURSTS.long].map((requests) =>
    undisturbedGain(bursts.filter((burst) => burst.requests === requests).map((burst) => gainOf(burst, part))),
  ) as [number | null, number | null]
  if (short === null || long === null) return null
  const perRequest = (long - short) / (GARBAGE_BURSTS.long - GARBAGE_BURSTS.short)
  return perRequest >= 0 ? Number(perRequest.toPrecision(6)) : null
}

function undisturbedGain(gains: readonly number[]): number | null {
  const largest = Math.max(...gains)
  return largest >= 0 && gains.filter((gain) => gain === largest).length >= AGREEING ? largest : null
}

function gainOf({ before, after }: Burst, part: 0 | 1): number {
  return garbageOf(after, part) - garbageOf(before, part)
}

/** All unreachable objects, or their bytes. Traces are made by the compiler, when it likes. */
export function garbageOf(moment: readonly Snapshot[], part: 0 | 1): number {
  return sumOf(moment.flatMap(({ vms }) => vms.map(({ garbage }) => tallyOf(garbage, part))))
}

function tallyOf(tally: TypeTally, part: 0 | 1): number {
  return sumOf(Object.entries(tally).map(([type, counts]) => (type === 'trace' ? 0 : counts[part])))
}
