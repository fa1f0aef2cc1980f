import type { Environment, Revision } from '../identity.js'
import type { Verdict } from '../report.js'
import type { Tally } from '../snapshot.js'

export const BENCH_FORMAT = 'openresty-leak-bench/1'

/** What was measured of one revision: plain JSON, so that it can be stored and compared later. */
export interface BenchResult {
  readonly format: typeof BENCH_FORMAT
  /** ISO time. */
  readonly takenAt: string
  readonly revision: Revision | null
  readonly environment: Environment
  readonly tasks: readonly BenchTask[]
  /** Null where only times were measured. */
  readonly memory: BenchMemory | null
}

/** One thing whose time was taken: a request on one kept-alive connection, or a load. */
export interface BenchTask {
  readonly name: string
  readonly kind: 'request' | 'load'
  readonly connections: number
  /** Requests behind its numbers, all rounds together. */
  readonly samples: number
  /** By name, such as `latency.p50` or `throughput`. */
  readonly metrics: Readonly<Record<string, MetricSamples>>
}

/** One number per round, and what they come to; rounds of the two sides of a comparison belong together by their index. */
export interface MetricSamples {
  readonly unit: 'us' | 'perSecond'
  readonly better: 'less' | 'more'
  readonly summary: Summary
  readonly rounds: readonly number[]
}

/** `mad` is the median of the distances from the median. */
export type Summary = Readonly<Record<'min' | 'median' | 'max' | 'mad', number>>

export interface BenchMemory {
  readonly verdict: Verdict
  /** The first reason of the verdict. */
  readonly reason: string
  /** The rarest leak that it would have shown, in objects per request; absent in older results, null where the rounds are not complete. */
  readonly sensitivity?: number | null
  /** What is kept for good by each request, by path. */
  readonly kept: readonly KeptRate[]
  readonly heap: HeapTable
  /** What each request leaves to the collector; null where it could not be had exactly. */
  readonly garbage: Garbage | null
}

export interface KeptRate {
  readonly path: string
  readonly source: string | null
  /** Of the source, from the folder in which the comparison began; absent where it lies outside of that, as in a checkout of base. */
  readonly file?: string
  /** Of the source, in that file, from 1. */
  readonly line?: number
  readonly objectsPerRequest: number
  readonly bytesPerRequest: number
  readonly entriesPerRequest: number
  /** Requests that the rates were seen over. */
  readonly requests: number
}

/** The reachable heap after the warm-up, without traces, garbage and capacity (free table slots, stacks), all workers together. */
export interface HeapTable {
  readonly objects: number
  readonly bytes: number
  readonly paths: readonly HeapPath[]
}

export interface HeapPath {
  readonly path: string
  readonly objects: number
  readonly bytes: number
  /** How far it moved by itself while it was measured: [objects, bytes]. Absent where it stood still. */
  readonly moved?: Tally
}

export interface Garbage {
  readonly objectsPerRequest: number
  readonly bytesPerRequest: number
}
