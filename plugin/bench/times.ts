import type { Runtime } from '../types.js'
import { inTurn } from './in-turn.js'
import type { BenchTask } from './result.js'
import { type RoundTasks, type TimeRoundPlan, tasksOf, timeRound } from './time-round.js'

/** A server whose times are taken. */
export interface Timed {
  /** For people. */
  readonly title: string
  readonly runtime: Runtime
}

export interface TimesOptions {
  readonly signal?: AbortSignal | undefined
  /** Told what is being done, for people. */
  readonly onStep?: ((text: string) => void) | undefined
}

/**
 * Takes the times of each server, a round of one beside a round of the other. The workers are new in each round: what the JIT compiler makes of
 * the same code differs from start to start, and must not pass for a difference between the servers.
 * @throws BenchError for requests that were not completed as expected; the signal's reason when aborted
 */
export async function takeTimes(
  servers: readonly Timed[],
  plan: TimeRoundPlan & { readonly rounds: number },
  { signal, onStep }: TimesOptions,
): Promise<BenchTask[][]> {
  const taken = servers.map((): RoundTasks[] => [])
  const sent = plan.loads.reduce((sum, { amount, warmup }) => sum + amount + warmup, 0)
  for (let round = 0; round < plan.rounds; round++) {
    for (const [index, { title, runtime }] of inTurn(servers, round)) {
      signal?.throwIfAborted()
      onStep?.(`${title}: times, round ${round + 1} of ${plan.rounds}`)
      await runtime.reload()
      taken[index]!.push(await timeRound(runtime, plan, { firstNumber: round * sent, signal }))
    }
  }
  return taken.map(tasksOf)
}
