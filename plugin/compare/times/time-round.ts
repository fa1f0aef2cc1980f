import { sumBy } from '../../base/sum.js'
import { load } from '../../load/client/autocannon.js'
import { inTurn } from '../../measure/in-turn.js'
import type { LoadResult } from '../../types/load.js'
import type { RequestSpec } from '../../types/request.js'
import type { Runtime } from '../../types/runtime.js'
import type { StatusRanges } from '../../types/status.js'
import { BenchError } from '../error.js'
import { cpuTimeUs } from './cpu-time.js'
import type { LoadShape } from './load-shapes.js'
import { runRequestTasks } from './request-tasks.js'
import { type LoadSlice, type RoundTasks, roundTasks, type Slice } from './round-tasks.js'

/** What one round does to each server. */
export interface TimeRoundPlan {
  readonly requests: readonly RequestSpec[]
  readonly expectStatus: StatusRanges
  readonly timeoutS: number
  readonly loads: readonly LoadShape[]
  /** Time for each request on a connection of its own, in ms; 0 for none. */
  readonly timeMs: number
}

/** A server whose times are taken. */
export interface Timed {
  /** For people. */
  readonly title: string
  readonly runtime: Runtime
  /** Starts the server anew, with another `runtime` from then on. Absent where it cannot be, or is too slow. */
  restart?(): Promise<void>
}

export interface TimeRoundOptions {
  /** Counts up from 0. */
  readonly round: number
  readonly signal?: AbortSignal | undefined
}

/** Parts of a round, if each is still worth a few requests per connection. */
const MOST_SLICES = 5

/**
 * One round of loads and single requests of each server, in slices of some tens of milliseconds that alternate: where others use the machine
 * as well its pace changes from second to second, and so it changes for both.
 * @returns the round of each server
 * @throws BenchError for requests that were not completed as expected; it names the server
 */
export async function timeRound(
  servers: readonly Timed[],
  plan: TimeRoundPlan,
  { round, signal }: TimeRoundOptions,
): Promise<RoundTasks[]> {
  const { requests, expectStatus, timeoutS, loads, timeMs } = plan
  // Templates go on counting, alike on each server.
  const sent = servers.map(() => round * sumBy(loads, ({ amount, warmup }) => amount + warmup))
  const drive = async (server: number, connections: number, amount: number): Promise<LoadResult> => {
    const part = { requests, expectStatus, connections, timeoutS, amount, firstNumber: sent[server]! }
    sent[server]! += amount
    const { title, runtime } = servers[server]!
    return whole(title, await load(runtime, part, { ...(signal && { signal }) }))
  }
  for (const { connections, warmup } of loads) {
    for (const [server] of inTurn(servers, round)) await drive(server, connections, warmup)
  }
  const count = Math.max(
    1,
    Math.min(MOST_SLICES, ...loads.map(({ amount, connections }) => Math.floor(amount / (4 * connections)))),
  )
  const slices = servers.map((): Slice[] => [])
  for (let slice = 0; slice < count; slice++) {
    for (const [server, { title, runtime }] of inTurn(servers, round + slice)) {
      const loaded: LoadSlice[] = []
      for (const { connections, amount } of loads) {
        const before = await cpuTimeUs(runtime)
        const result = await drive(server, connections, Math.round(amount / count))
        const after = await cpuTimeUs(runtime)
        loaded.push({ connections, result, cpuUs: before !== null && after !== null ? after - before : null })
      }
      const single = { title, requests, expectStatus, timeMs: timeMs / count, signal }
      slices[server]!.push({ loads: loaded, requests: timeMs > 0 ? await runRequestTasks(runtime, single) : [] })
    }
  }
  return slices.map(roundTasks)
}

function whole(title: string, result: LoadResult): LoadResult {
  if (result.unexpected > 0) {
    const statuses = Object.entries(result.statuses).map(([status, count]) => `${status} (${count} times)`)
    throw new BenchError('BENCH_LOAD', `${title} answered a load with ${statuses.join(', ')}, not all of it expected.`)
  }
  if (result.completed === result.asked) return result
  const why = result.gaveUp ?? result.firstError ?? 'no error was seen'
  throw new BenchError('BENCH_LOAD', `${title} completed ${result.completed} of ${result.asked} requests: ${why}.`)
}
