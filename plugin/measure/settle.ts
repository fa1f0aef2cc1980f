import { setTimeout as sleep } from 'node:timers/promises'
import { sumBy, sumOf } from '../base/sum.js'
import { LOOK_MS, quietCounters } from '../load/quiet.js'
import type { Runtime } from '../types/runtime.js'
import type { Snapshot } from '../types/snapshot.js'

export interface SettleOptions {
  /** Longest wait, in ms; then what is there is taken. */
  readonly limitMs: number
  /** Paths that move while nobody asks anything: they don't hold it up. See restlessPaths(). */
  readonly restless: ReadonlySet<string>
  readonly signal?: AbortSignal
}

/**
 * The heap of each worker once it has come to rest: nothing in flight by nginx's counters, then two snapshots that agree.
 * @param pids workers, in the order of the result
 */
export async function settledSnapshots(
  runtime: Runtime,
  pids: readonly number[],
  { limitMs, restless, signal }: SettleOptions,
): Promise<Snapshot[]> {
  const limit = performance.now() + limitMs
  await quietCounters(() => runtime.counters(), limit, signal)
  let before = await takeSnapshots(runtime, pids)
  if (isStill(before)) return before
  while (performance.now() < limit) {
    await sleep(LOOK_MS, undefined, { signal })
    const after = await takeSnapshots(runtime, pids)
    if (after.every((snapshot, worker) => doAgree(before[worker]!, snapshot, restless))) return after
    before = after
  }
  return before
}

/** Whether nothing can change while nobody asks: no timer is pending, and no connection is open that could bring something in. */
export function isStill(moment: readonly Snapshot[]): boolean {
  return moment.length > 0 && moment.every(({ timers, open }) => timers?.pending === 0 && open === 0)
}

/** One after the other: two workers frozen at once would stop each other's requests. */
export async function takeSnapshots(runtime: Runtime, pids: readonly number[]): Promise<Snapshot[]> {
  const taken: Snapshot[] = []
  for (const pid of pids) taken.push(await runtime.snapshot(pid))
  return taken
}

/** The paths whose counts differ between snapshots taken while nobody asked anything. */
export function restlessPaths(before: readonly Snapshot[], after: readonly Snapshot[]): Set<string> {
  return new Set(after.flatMap((snapshot, worker) => changedPaths(before[worker]!, snapshot)))
}

function doAgree(before: Snapshot, after: Snapshot, ignored: ReadonlySet<string>): boolean {
  return changedPaths(before, after).every((path) => ignored.has(path))
}

function changedPaths(before: Snapshot, after: Snapshot): string[] {
  const old = countsByPath(before)
  const now = countsByPath(after)
  const moved = [...now].filter(([path, count]) => old.get(path) !== count).map(([path]) => path)
  return [...moved, ...[...old.keys()].filter((path) => !now.has(path))]
}

/** Objects and entries of each path. */
function countsByPath({ vms }: Snapshot): Map<string, number> {
  const counts = new Map<string, number>()
  for (const { label, nodes } of vms) {
    const paths: string[] = []
    for (const [index, { p, s, o = {}, e = {} }] of nodes.entries()) {
      const path = `${p < 0 ? label : paths[p]!}${s}`
      paths[index] = path
      const objects = sumBy(Object.values(o), ([count]) => count)
      const entries = sumOf(Object.values(e))
      counts.set(path, objects + entries)
    }
  }
  return counts
}
