import { setTimeout as sleep } from 'node:timers/promises'
import type { Runtime } from '../types/runtime.js'
import type { NginxCounters, Snapshot } from '../types/snapshot.js'

/** Time between two looks at a worker that is still busy, in ms. */
const LOOK_MS = 20

export interface SettleOptions {
  /** Longest wait, in ms; then what is there is taken. */
  readonly limitMs: number
  /** Paths that move while nobody asks anything: they don't hold it up. See restless(). */
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
  await quiet(runtime, limit, signal)
  let before = await snapshots(runtime, pids)
  if (isStill(before)) return before
  while (performance.now() < limit) {
    await sleep(LOOK_MS, undefined, { signal })
    const after = await snapshots(runtime, pids)
    if (after.every((snapshot, worker) => agree(before[worker]!, snapshot, restless))) return after
    before = after
  }
  return before
}

/** Whether nothing can change while nobody asks: no timer is pending, and no connection is open that could bring something in. */
export function isStill(moment: readonly Snapshot[]): boolean {
  return moment.length > 0 && moment.every(({ timers, open }) => timers?.pending === 0 && open === 0)
}

/** One after the other: two workers frozen at once would stop each other's requests. */
export async function snapshots(runtime: Runtime, pids: readonly number[]): Promise<Snapshot[]> {
  const taken: Snapshot[] = []
  for (const pid of pids) taken.push(await runtime.snapshot(pid))
  return taken
}

/** The paths whose counts differ between snapshots taken while nobody asked anything. */
export function restless(before: readonly Snapshot[], after: readonly Snapshot[]): Set<string> {
  return new Set(after.flatMap((snapshot, worker) => changed(before[worker]!, snapshot)))
}

/** nginx's counters equal twice in a row, with no request in flight. */
async function quiet(runtime: Runtime, limit: number, signal: AbortSignal | undefined): Promise<void> {
  let before = await runtime.counters()
  while (before !== null && performance.now() < limit) {
    await sleep(LOOK_MS, undefined, { signal })
    const after = await runtime.counters()
    if (after !== null && atRest(after) && same(before, after)) return
    before = after
  }
}

function atRest({ reading, writing }: NginxCounters): boolean {
  return reading + writing === 0
}

function same(before: NginxCounters, after: NginxCounters): boolean {
  return before.requests === after.requests && before.active === after.active
}

function agree(before: Snapshot, after: Snapshot, ignored: ReadonlySet<string>): boolean {
  return changed(before, after).every((path) => ignored.has(path))
}

function changed(before: Snapshot, after: Snapshot): string[] {
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
      const objects = Object.values(o).reduce((sum, [count]) => sum + count, 0)
      const entries = Object.values(e).reduce((sum, count) => sum + count, 0)
      counts.set(path, objects + entries)
    }
  }
  return counts
}
