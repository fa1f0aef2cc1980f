import { setTimeout as sleep } from 'node:timers/promises'
import { sumBy, sumOf } from '../base/sum.js'
import { counterpartsOf } from '../heapwalk/counterparts.js'
import { LOOK_MS, type QuietOptions, quietCounters } from '../load/quiet.js'
import type { Runtime } from '../types/runtime.js'
import type { HeapNode, Snapshot } from '../types/snapshot.js'

export interface SettleOptions extends QuietOptions {
  /** Longest wait, in ms; then what is there is taken. */
  readonly limitMs: number
  /** Paths that move while nobody asks anything: they don't hold it up. See restlessPaths(). */
  readonly restless: ReadonlySet<string>
}

/**
 * The heap of each worker once it has come to rest: where nobody is connected and no timer is pending, at once; else when nothing is in flight
 * by nginx's counters, and two snapshots agree.
 * @param pids workers, in the order of the result
 */
export async function settledSnapshots(
  runtime: Runtime,
  pids: readonly number[],
  { limitMs, restless, signal, meanwhile }: SettleOptions,
): Promise<Snapshot[]> {
  let limit = performance.now() + limitMs
  let isDone = false
  // What the caller does meanwhile is no time that the worker had: a large tree takes longer to be read than it may take to settle.
  const work = () => {
    if (isDone) return
    isDone = true
    const from = performance.now()
    meanwhile?.()
    limit += performance.now() - from
  }
  const first = await runtime.counters()
  const early = first?.active === 0 ? await takeMeanwhile(runtime, pids, work) : undefined
  if (early && isStill(early)) return early
  const end = () => limit
  await quietCounters(() => runtime.counters(), end, { signal, meanwhile: work, first })
  // Where it never came to rest, the latest that there is counts.
  let before = early && performance.now() < limit ? early : await takeSnapshots(runtime, pids)
  if (isStill(before)) return before
  while (performance.now() < limit) {
    await sleep(LOOK_MS, undefined, { signal })
    const after = await takeSnapshots(runtime, pids)
    if (after.every((snapshot, worker) => doAgree(before[worker]!, snapshot, restless))) return after
    before = after
  }
  return before
}

/** @param work done once the first of them is under way */
async function takeMeanwhile(runtime: Runtime, pids: readonly number[], work: () => void): Promise<Snapshot[]> {
  const taking = takeSnapshots(runtime, pids)
  const [snapshots] = await Promise.all([taking, Promise.resolve().then(work)])
  return snapshots
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
  const labels = new Set([...before.vms, ...after.vms].map(({ label }) => label))
  const nodesOf = ({ vms }: Snapshot, label: string) => vms.find((vm) => vm.label === label)?.nodes ?? []
  return [...labels].flatMap((label) =>
    changedNodes(nodesOf(before, label), nodesOf(after, label)).map((path) => label + path),
  )
}

/** Paths that have another number of objects and entries than before, and those that came or went. */
function changedNodes(before: readonly HeapNode[], after: readonly HeapNode[]): string[] {
  if (before === after) return []
  const stayed = new Uint8Array(before.length)
  const changed: string[] = []
  for (const [index, found] of counterpartsOf(before, after).entries()) {
    const [old, now] = [before[found], after[index]!]
    if (old) stayed[found] = 1
    if (old !== now && (!old || countOf(old) !== countOf(now))) changed.push(pathOf(after, index))
  }
  for (const [index, has] of stayed.entries()) if (!has) changed.push(pathOf(before, index))
  return changed
}

/** Objects and entries. */
function countOf({ o = {}, e = {} }: HeapNode): number {
  return sumBy(Object.values(o), ([count]) => count) + sumOf(Object.values(e))
}

function pathOf(nodes: readonly HeapNode[], index: number): string {
  const { p, s } = nodes[index]!
  return p < 0 ? s : pathOf(nodes, p) + s
}
