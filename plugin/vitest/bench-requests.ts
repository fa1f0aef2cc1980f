import { loadsOf } from '../analysis/measurement.js'
import { BenchError } from '../compare/error.js'
import { benchResult, steadyMoments } from '../compare/run/bench-result.js'
import { garbageInTurn } from '../compare/run/garbage-in-turn.js'
import { measureInTurn } from '../compare/run/measure-in-turn.js'
import { revisionOf } from '../compare/sides/git.js'
import { loadShapes } from '../compare/times/load-shapes.js'
import { takeTimes } from '../compare/times/times.js'
import { heapTable } from '../heap/tree/heap-table.js'
import { makePlan } from '../measure/plan.js'
import type { PlanInput } from '../measure/plan-options.js'
import type { BenchResult } from '../types/compare/result.js'
import type { Runtime } from '../types/runtime.js'
import { refuseUnknown } from './options.js'

/** What is to be benchmarked. The requests and the options of the memory measurement are those of `measure`. */
export interface BenchInput
  extends Pick<PlanInput, 'request' | 'requests' | 'expectStatus' | 'timeoutS' | 'amount' | 'warmup'> {
  /** Loads, by their connections. `[]` for none. Default `[10]`. */
  readonly connections?: readonly number[]
  /** Rounds of times. Default 24. */
  readonly rounds?: number
  /** About how long each load of a round takes, in ms; each request on a connection of its own takes a third of it. Default 250. */
  readonly roundMs?: number
  /** Folder whose git revision the result carries. Default: the working directory. */
  readonly folder?: string
  readonly signal?: AbortSignal
}

/**
 * Benchmarks a server: what its requests keep, hold and throw away, how long each takes on one kept-alive connection, and under load.
 * The result is plain JSON; store it, and compare it with a later one by `resty-leak diff`. Workers are replaced in each round of times.
 * @throws BenchError for requests that fail or options that make no sense; PlanError, LoadError as `measure`; the signal's reason when aborted
 */
export async function benchRequests(
  { runtime }: { readonly runtime: Runtime },
  input: BenchInput,
): Promise<BenchResult> {
  refuseUnknown('benchRequests()', input, OPTIONS)
  const { connections = [10], rounds = 24, roundMs = 250, folder = process.cwd(), signal, ...measured } = input
  const plan = makePlan(measured)
  if (plan.requests.length === 0) throw wrong('requests', [], "names no request, such as request: '/t'")
  if (!Number.isInteger(rounds) || rounds < 1) throw wrong('rounds', rounds, 'is no whole number from 1 up')
  if (!(roundMs >= 30)) throw wrong('roundMs', roundMs, 'is less than 30')
  for (const count of connections) {
    if (!Number.isInteger(count) || count < 1) throw wrong('connections', count, 'is no whole number from 1 up')
  }
  const servers = [{ title: 'benchmark', runtime }]
  const options = { ...(signal && { signal }) }
  const [analysis] = await measureInTurn(servers, plan, options)
  const { measurement } = analysis!
  const [fault] = measurement.faults
  if (fault !== undefined) throw new BenchError('BENCH_LOAD', fault)
  const [garbage] = await garbageInTurn(servers, plan, options)
  const { requests, expectStatus, timeoutS } = plan
  const loads = loadShapes(connections, [loadsOf(measurement, 'planned')], roundMs)
  const times = { requests, expectStatus, timeoutS, loads, timeMs: Math.round(roundMs / 3), rounds }
  const [tasks] = await takeTimes(servers, times, options)
  const revision = await revisionOf(folder)
  const heap = heapTable(steadyMoments(measurement))
  return benchResult(runtime, analysis!, { revision, heap, garbage: garbage ?? null, tasks: tasks! })
}

const OPTIONS = [
  'request',
  'requests',
  'expectStatus',
  'timeoutS',
  'amount',
  'warmup',
  'connections',
  'rounds',
  'roundMs',
  'folder',
  'signal',
] as const satisfies (keyof BenchInput)[]

function wrong(option: keyof BenchInput, value: unknown, reason: string): BenchError {
  return new BenchError('BENCH_OPTION', `benchRequests(): ${option} ${JSON.stringify(value)} ${reason}.`)
}
