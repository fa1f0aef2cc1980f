import type { Comparison, FailOn } from './bench/comparison.js'
import { environment } from './bench/environment.js'
import { type Burst, GARBAGE_BURSTS, garbagePerRequest } from './bench/garbage.js'
import { heapTables } from './bench/heap-table.js'
import { type Judging, judgeComparison } from './bench/judge.js'
import {
  BENCH_FORMAT,
  type BenchResult,
  type BenchTask,
  type Garbage,
  type HeapTable,
  type Revision,
} from './bench/result.js'
import { type RoundTasks, type TimeRoundPlan, tasksOf, timeRound } from './bench/time-round.js'
import { leakReport } from './leak-report.js'
import { load } from './load/autocannon.js'
import { measureInTurn } from './measure-in-turn.js'
import { analyse, type Measurement } from './measurement.js'
import { settledSnapshots } from './settle.js'
import type { LeakReport, Plan, Runtime } from './types.js'

/** A running side of a comparison. */
export interface Side {
  /** For people: `head feature (1a2b3c4)`. */
  readonly title: string
  readonly runtime: Runtime
  readonly revision: Revision | null
}

export interface ComparePlan {
  readonly memory: Plan
  /** Rounds of times on each side; 0 for memory alone. */
  readonly rounds: number
  /** About how long the load of one round takes, in ms. */
  readonly roundMs: number
  readonly judging: Judging & { readonly failOn: FailOn }
}

export interface CompareOptions {
  readonly signal?: AbortSignal
  /** Told what is being done, for people. */
  readonly onStep?: (text: string) => void
}

/** Order of the sides in one step; the next step has it the other way round: A B B A. */
type Turn = readonly [Side, Side]

/**
 * Measures both sides in turn, step by step, so that whatever happens to the machine happens to both: first what they keep,
 * then what they throw away, then their times.
 * @throws BenchError for a load that fails while times are taken; the signal's reason when aborted
 */
export async function compare(
  base: Side,
  head: Side,
  plan: ComparePlan,
  options: CompareOptions = {},
): Promise<Comparison> {
  const sides: Turn = [base, head]
  const seconds = { boot: 0, memory: 0, garbage: 0, times: 0 }
  const timed = async <T>(part: keyof typeof seconds, work: Promise<T>): Promise<T> => {
    const from = performance.now()
    const result = await work
    seconds[part] = Math.round(performance.now() - from) / 1000
    return result
  }
  const measured = await timed('memory', measureInTurn(sides, plan.memory, options))
  const believed = measured.every(({ faults }) => faults.length === 0)
  const garbage = believed ? await timed('garbage', garbageInTurn(sides, plan.memory, options)) : [null, null]
  const tasks = believed ? await timed('times', timesInTurn(sides, plan, measured, options)) : [[], []]
  const [baseHeap, headHeap] = Object.values(heapTables(steady(measured[0]), steady(measured[1])))
  return judgeComparison(
    resultOf(base, measured[0], { heap: baseHeap!, garbage: garbage[0]!, tasks: tasks[0]! }),
    resultOf(head, measured[1], { heap: headHeap!, garbage: garbage[1]!, tasks: tasks[1]! }),
    { ...plan.judging, paired: true, seconds, notes: notices(sides) },
  )
}

/** What was changed in the confs: most of it is the same on both sides. */
function notices(sides: Turn): string[] {
  return [...new Set(sides.flatMap(({ runtime }) => runtime.notices))]
}

function inTurn([base, head]: Turn, round: number): readonly (readonly [side: Side, index: 0 | 1])[] {
  return round % 2 === 0
    ? [
        [base, 0],
        [head, 1],
      ]
    : [
        [head, 1],
        [base, 0],
      ]
}

/** Garbage per request of each side, from short bursts on a single connection. */
async function garbageInTurn(sides: Turn, plan: Plan, options: CompareOptions): Promise<(Garbage | null)[]> {
  const bursts: [Burst[], Burst[]] = [[], []]
  const { short, long, times } = GARBAGE_BURSTS
  for (let round = 0; round < 2 * times; round++) {
    for (const [side, index] of inTurn(sides, round)) {
      options.onStep?.(`${side.title}: garbage, burst ${round + 1} of ${2 * times}`)
      bursts[index].push(await burst(side, plan, round % 2 === 0 ? short : long, options))
    }
  }
  return bursts.map(garbagePerRequest)
}

async function burst({ runtime }: Side, plan: Plan, requests: number, { signal }: CompareOptions): Promise<Burst> {
  const workers = (await runtime.workers()).map(({ pid }) => pid)
  const settle = { limitMs: plan.settleMs, restless: new Set<string>(), ...(signal && { signal }) }
  const before = await settledSnapshots(runtime, workers, settle)
  const { requests: specs, expectStatus, timeoutS } = plan
  const part = { requests: specs, expectStatus, timeoutS, connections: 1, amount: requests }
  await load(runtime, part, { ...(signal && { signal }) })
  return { requests, before, after: await settledSnapshots(runtime, workers, settle) }
}

/**
 * Times of each side, a round of one beside a round of the other. The workers are new in each round: what the JIT compiler makes of the same code
 * differs from start to start, and must not pass for a difference between the revisions.
 */
async function timesInTurn(
  sides: Turn,
  plan: ComparePlan,
  measured: readonly Measurement[],
  options: CompareOptions,
): Promise<BenchTask[][]> {
  const rounds: [RoundTasks[], RoundTasks[]] = [[], []]
  const round = roundPlan(plan, measured)
  for (let number = 0; number < plan.rounds; number++) {
    for (const [{ title, runtime }, index] of inTurn(sides, number)) {
      options.signal?.throwIfAborted()
      options.onStep?.(`${title}: times, round ${number + 1} of ${plan.rounds}`)
      await runtime.reload()
      const firstNumber = number * (round.warmup + round.amount)
      rounds[index].push(await timeRound(runtime, round, { firstNumber, signal: options.signal }))
    }
  }
  return rounds.map(tasksOf)
}

/** As many requests as the slower side completes in the time of a round. */
function roundPlan({ memory, roundMs }: ComparePlan, measured: readonly Measurement[]): TimeRoundPlan {
  const { requests, expectStatus, connections, timeoutS } = memory
  const rates = measured.flatMap(({ planned }) => planned.map(({ requestsPerSecond }) => requestsPerSecond))
  const amount = Math.max(4 * connections, Math.round((Math.min(...rates) * roundMs) / 1000))
  const warmup = Math.max(2 * connections, Math.round(amount / 3))
  return { requests, expectStatus, connections, timeoutS, amount, warmup, timeMs: Math.round(roundMs / 3) }
}

/** Snapshots from the end of the warm-up to that of the planned rounds. */
function steady({ moments, plan }: Measurement): Measurement['moments'] {
  return moments.slice(0, 2 + plan.rounds.length)
}

function resultOf(
  { runtime, revision }: Side,
  measurement: Measurement,
  {
    heap,
    garbage,
    tasks,
  }: { readonly heap: HeapTable; readonly garbage: Garbage | null; readonly tasks: readonly BenchTask[] },
): BenchResult {
  const report = leakReport(analyse(measurement), [])
  const luajit = measurement.moments[0]?.[0]?.vms[0]?.build ?? null
  return {
    format: BENCH_FORMAT,
    takenAt: new Date().toISOString(),
    revision,
    environment: environment(runtime.description, luajit),
    tasks,
    memory: { verdict: report.verdict, reason: report.reasons[0] ?? '', kept: keptOf(report), heap, garbage },
  }
}

function keptOf({ growths, requests }: LeakReport): NonNullable<BenchResult['memory']>['kept'] {
  const seen = [...requests.rounds, ...requests.confirm].reduce((sum, amount) => sum + amount, 0)
  return growths.map(({ path, source, objectsPerRequest, bytesPerRequest, entriesPerRequest }) => ({
    path,
    source,
    objectsPerRequest,
    bytesPerRequest,
    entriesPerRequest,
    requests: seen,
  }))
}
