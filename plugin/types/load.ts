import type { DriverKind } from './driver.js'
import type { GrowthUnit } from './growth.js'
import type { HttpProtocol, RequestSpec } from './request.js'
import type { StatusRanges } from './status.js'

/** One run of load: `amount` requests over `connections` kept-alive connections. */
export interface LoadPlan {
  readonly requests: readonly RequestSpec[]
  /** Exact number of requests to complete; Infinity where `durationS` decides. */
  readonly amount: number
  /** Seconds after which no more requests are sent; what is under way is waited for. Default: no limit. */
  readonly durationS?: number
  /** Default 10. */
  readonly connections: number
  /** Client threads that share the connections. Default 1. */
  readonly threads?: number
  /** False opens a connection for each request. Default true. */
  readonly keepAlive?: boolean
  /** What all requests are spoken in. Default: HTTP/2 where a listener speaks nothing else, or else HTTP/1.1. */
  readonly protocol?: HttpProtocol
  /** Requests that may be under way at once on each connection of HTTP/2. Default 4. */
  readonly streams?: number
  /** Requests per second over all connections. Default: as fast as answers come. */
  readonly rate?: number
  /** Inclusive ranges of statuses that count as expected, e.g. `[[200, 399]]`. */
  readonly expectStatus: StatusRanges
  /** Seconds one request may take. Default 10. */
  readonly timeoutS?: number
  /** What the first `{n}` of a template is. Default 0; a series of loads that must not repeat keys passes on the sum. */
  readonly firstNumber?: number
  /** Absolute path or file URL of an ES module with the hooks `request`, `response` and `done`. */
  readonly script?: string
}

/** Microseconds, counted from the time a request was due: its sending, or where there is a rate its place in the plan. */
export type LatencyUs = Readonly<{
  min: number
  mean: number
  stdev: number
  max: number
  p50: number
  p75: number
  p90: number
  p99: number
  p999: number
}>

/** What the client saw of one run of load. Counts are requests; times are microseconds unless named otherwise. */
export interface LoadResult {
  /** Who made the load. Absent in reports of version 0.1, and where a load was asked for by itself: requests. */
  readonly driver?: DriverKind
  /**
   * What was spoken, where the driver knows it: `HTTP/1.1`, `h2` (HTTP/2 over TLS) or `h2c` (HTTP/2 without it); several by commas.
   */
  readonly protocol?: string
  /** What the counts are of. Default request. */
  readonly unit?: Exclude<GrowthUnit, 'reload'>
  /** The plan's amount; where a duration decided: requests sent, or with a rate requests due. */
  readonly asked: number
  /** Requests written to an established connection, retries included. */
  readonly sent?: number
  /**
   * Requests of HTTP/2 that the server said it had not looked at (GOAWAY, REFUSED_STREAM), counted in `sent`: they came again, and are
   * no error. Absent where there were none.
   */
  readonly refused?: number
  /** Answers that arrived whole, whatever their status. */
  readonly completed: number
  readonly durationMs: number
  readonly bytesRead: number
  readonly statuses: Readonly<Record<string, number>>
  /** Answers whose status `expectStatus` does not allow. */
  readonly unexpected: number
  /**
   * connect: no connection; reset: it failed under way; timeout: no whole answer in time; closed: it ended, or said
   * what is not HTTP, before a whole answer.
   */
  readonly errors: {
    readonly connect: number
    readonly reset: number
    readonly timeout: number
    readonly closed: number
  }
  /** The first of the errors, in words. */
  readonly firstError?: string
  /** Why the load ended before its amount was complete. */
  readonly gaveUp?: string
  readonly requestsPerSecond: number
  readonly latencyUs: LatencyUs
  /** Share (0 to 1) of latencies within one standard deviation of the mean. */
  readonly latencyWithinStdev?: number
  /** Requests per second of one client thread, sampled each 100 ms. */
  readonly threadRate?: Readonly<{ mean: number; stdev: number; max: number; withinStdev: number }>
  /** Per request name: how many were completed. */
  readonly perRequest: Readonly<Record<string, number>>
  /** Per request name: the rest. */
  readonly byRequest?: Readonly<Record<string, RequestResult>>
  /** Calls of a `work` that threw, and the first different errors among them. */
  readonly failures?: { readonly count: number; readonly first: readonly LoadFailure[] }
  /** The command, as the user wrote it. */
  readonly command?: string
  /** The last lines that it wrote, where its round cannot be judged. */
  readonly output?: string
}

/** One call of a `work` that threw. */
export interface LoadFailure {
  /** Number of the call. */
  readonly n: number
  readonly message: string
  readonly stack?: string
}

/** What any driver can say of a round: only the one who sends a unit knows how long it took. */
export type RoundLoad = Omit<LoadResult, 'latencyUs'> & Partial<Pick<LoadResult, 'latencyUs'>>

/** The part of a LoadResult that is known per request name. */
export type RequestResult = Pick<
  LoadResult,
  'completed' | 'unexpected' | 'statuses' | 'requestsPerSecond' | 'latencyUs'
>
