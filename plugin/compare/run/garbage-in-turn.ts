import { load } from '../../load/client/autocannon.js'
import { inTurn } from '../../measure/in-turn.js'
import { settledSnapshots } from '../../measure/settle.js'
import type { Garbage } from '../../types/compare/result.js'
import type { Plan } from '../../types/plan.js'
import type { Runtime } from '../../types/runtime.js'
import type { Snapshot } from '../../types/snapshot.js'
import type { Timed } from '../times/time-round.js'
import type { TimesOptions } from '../times/times.js'
import { type Burst, GARBAGE_BURSTS, garbageOf, garbagePerRequest } from './garbage.js'

/**
 * What each request leaves to the collector, from short bursts on a single connection; null where it cannot be had exactly.
 * Ends once the bursts so far are enough for each server.
 */
export async function garbageInTurn(
  servers: readonly Timed[],
  plan: Plan,
  { signal, onStep }: TimesOptions,
): Promise<(Garbage | null)[]> {
  const bursts = servers.map((): Burst[] => [])
  const { short, long, times } = GARBAGE_BURSTS
  for (let number = 0; number < 2 * times; number++) {
    for (const [index, { title, runtime }] of inTurn(servers, number)) {
      onStep?.(`${title}: garbage, burst ${number + 1}, of ${2 * times} at most`)
      const past = bursts[index]!
      const before = isStill(past) ? past.at(-1)!.after : await resting(runtime, plan, signal)
      const requests = number % 2 === 0 ? short : long
      await send(runtime, plan, requests, signal)
      past.push({ requests, before, after: await resting(runtime, plan, signal) })
    }
    if (number % 2 === 1 && bursts.every((each) => garbagePerRequest(each) !== null)) break
  }
  return bursts.map(garbagePerRequest)
}

/** Whether no garbage came between two bursts: then the end of one is the beginning of the next. */
function isStill([first, second]: readonly Burst[]): boolean {
  if (!first || !second) return false
  return ([0, 1] as const).every((part) => garbageOf(first.after, part) === garbageOf(second.before, part))
}

async function resting(runtime: Runtime, { settleMs }: Plan, signal: AbortSignal | undefined): Promise<Snapshot[]> {
  const workers = (await runtime.workers()).map(({ pid }) => pid)
  const settle = { limitMs: settleMs, restless: new Set<string>(), ...(signal && { signal }) }
  return settledSnapshots(runtime, workers, settle)
}

async function send(runtime: Runtime, plan: Plan, amount: number, signal: AbortSignal | undefined): Promise<void> {
  const { requests, expectStatus, timeoutS } = plan
  await load(runtime, { requests, expectStatus, timeoutS, connections: 1, amount }, { ...(signal && { signal }) })
}
