import { sumBy } from '../base/sum.js'
import type { Snapshot } from '../types/snapshot.js'
import type { WatchFacts, WatchRound } from '../types/watch.js'
import { requestsBetween } from './watch-measurement.js'

/** What one look came to. `before` is the look before it; none for the first. */
export function roundOf(
  round: number,
  before: readonly Snapshot[],
  now: readonly Snapshot[],
  how?: string,
): WatchRound {
  const reachable = now.flatMap(({ vms }) => vms.flatMap((vm) => Object.values(vm.reachable)))
  const [from, to] = [before[0]?.takenAtMs, now[0]!.takenAtMs]
  return {
    round,
    atMs: to,
    seconds: from === undefined ? 0 : (to - from) / 1000,
    requests: before.length === 0 ? null : requestsBetween(before, now),
    workers: now.map(({ pid }) => pid),
    objects: sumBy(reachable, ([objects]) => objects),
    bytes: sumBy(reachable, ([, bytes]) => bytes),
    pauseMs: Math.max(...now.map(({ freeze }) => freeze.pauseUs)) / 1000,
    ...(how !== undefined && { restart: how }),
  }
}

/** How long the process that stood still longest did so, of the time between the first look and the last. */
export function pauseOf(rounds: readonly WatchRound[]): WatchFacts['pause'] {
  const totalMs = sumBy(rounds, ({ pauseMs }) => pauseMs)
  const watchedMs = sumBy(rounds, ({ seconds }) => seconds * 1000)
  return {
    totalMs: Number(totalMs.toFixed(3)),
    longestMs: Math.max(0, ...rounds.map(({ pauseMs }) => pauseMs)),
    share: watchedMs > 0 ? Number((totalMs / watchedMs).toPrecision(3)) : 0,
  }
}

/**
 * Whether a process runs the Lua of the one before it: what a master starts anew has its VM where the one that ended had it,
 * until nginx is reloaded.
 */
export function hasSameProgram([before]: readonly Snapshot[], [now]: readonly Snapshot[]): boolean {
  return before!.vms.some(({ label, address }) =>
    now!.vms.some((vm) => vm.label === label && address !== undefined && vm.address === address),
  )
}
