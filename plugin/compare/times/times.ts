import type { BenchTask } from '../../types/compare/result.js'
import { pinWorkers } from './pin-workers.js'
import { type RoundTasks, tasksOf } from './round-tasks.js'
import { type Timed, type TimeRoundPlan, timeRound } from './time-round.js'

export interface TimesOptions {
  readonly signal?: AbortSignal | undefined
  /** Told what is being done, for people. */
  readonly onStep?: ((text: string) => void) | undefined
}

export interface TimesPlan {
  /** As many rounds, or fewer where `isEnough` says so after one. */
  readonly rounds: number
  readonly isEnough?: (rounds: number, tasks: readonly (readonly BenchTask[])[]) => boolean
}

/**
 * Takes the times of each server, round by round, and within each round in turn. The workers are new in each round, and the master
 * too where it can be: what the JIT compiler makes of the same code, and where a process has its memory, differ from start to start, and must not
 * pass for a difference between the servers; nor must the cores that they run on.
 * @throws BenchError for requests that were not completed as expected; the signal's reason when aborted
 */
export async function takeTimes(
  servers: readonly Timed[],
  plan: TimeRoundPlan & TimesPlan,
  { signal, onStep }: TimesOptions,
): Promise<BenchTask[][]> {
  const taken = servers.map((): RoundTasks[] => [])
  for (let round = 0; round < plan.rounds; round++) {
    signal?.throwIfAborted()
    onStep?.(`times, round ${round + 1} of ${plan.rounds}`)
    await renew(servers)
    await pinWorkers(servers.map(({ runtime }) => runtime))
    const tasks = await timeRound(servers, plan, { round, signal })
    for (const [server, each] of tasks.entries()) taken[server]!.push(each)
    if (plan.isEnough?.(round + 1, taken.map(tasksOf))) break
  }
  return taken.map(tasksOf)
}

/** One after the other: both may want the port that their confs name. */
async function renew(servers: readonly Timed[]): Promise<void> {
  for (const server of servers) await (server.restart ? server.restart() : server.runtime.reload())
}
