import { type Burst, GARBAGE_BURSTS, garbagePerRequest } from './bench/garbage.js'
import { inTurn } from './bench/in-turn.js'
import type { Garbage } from './bench/result.js'
import type { Timed, TimesOptions } from './bench/times.js'
import { load } from './load/autocannon.js'
import { settledSnapshots } from './settle.js'
import type { Plan, Runtime } from './types.js'

/** What each request leaves to the collector, from short bursts on a single connection; null where it cannot be had exactly. */
export async function garbageInTurn(
  servers: readonly Timed[],
  plan: Plan,
  { signal, onStep }: TimesOptions,
): Promise<(Garbage | null)[]> {
  const bursts = servers.map((): Burst[] => [])
  const { short, long, times } = GARBAGE_BURSTS
  for (let number = 0; number < 2 * times; number++) {
    for (const [index, { title, runtime }] of inTurn(servers, number)) {
      onStep?.(`${title}: garbage, burst ${number + 1} of ${2 * times}`)
      bursts[index]!.push(await burst(runtime, plan, number % 2 === 0 ? short : long, signal))
    }
  }
  return bursts.map(garbagePerRequest)
}

async function burst(runtime: Runtime, plan: Plan, amount: number, signal: AbortSignal | undefined): Promise<Burst> {
  const workers = (await runtime.workers()).map(({ pid }) => pid)
  const settle = { limitMs: plan.settleMs, restless: new Set<string>(), ...(signal && { signal }) }
  const { requests, expectStatus, timeoutS } = plan
  const before = await settledSnapshots(runtime, workers, settle)
  await load(runtime, { requests, expectStatus, timeoutS, connections: 1, amount }, { ...(signal && { signal }) })
  return { requests: amount, before, after: await settledSnapshots(runtime, workers, settle) }
}
