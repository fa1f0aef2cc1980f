import { escapedLines } from '../base/escape.js'
import { size } from '../base/number.js'
import { type CoreTarget, Heapwalk, type SnapshotOptions } from '../heapwalk/heapwalk.js'
import type { LiveNginx, LiveTarget } from '../heapwalk/live.js'
import type { NginxProcess } from '../heapwalk/nginx-process.js'
import { placeHere } from '../heapwalk/place-here.js'
import { millisText, zombieText } from '../report/words/pause-words.js'
import { openLive } from '../runtime/attach/open-live.js'
import type { Snapshot } from '../types/snapshot.js'
import { UsageError } from './options/usage.js'
import { EXIT } from './terminal/exit.js'
import { Interrupt } from './terminal/interrupt.js'
import { messageOf } from './terminal/message.js'
import type { Terminal } from './terminal/progress.js'

/** Narrows the workers of a target down; throws UsageError where they will not do. */
export type ChooseWorkers = (workers: readonly NginxProcess[]) => readonly NginxProcess[]

export interface LiveRun extends SnapshotOptions {
  readonly choose?: ChooseWorkers
}

/**
 * Snapshots of a live target's workers, one after the other, or the one that a core file is.
 * On stderr: what each costs the worker before it is taken, and what it did cost.
 * `use` makes something of them and returns the exit code; it is not called where one could not be taken.
 */
export async function withLiveSnapshots(
  target: LiveTarget | CoreTarget,
  { choose = (workers) => workers, ...options }: LiveRun,
  terminal: Terminal,
  use: (snapshots: readonly Snapshot[]) => Promise<number>,
): Promise<number> {
  using interrupt = new Interrupt()
  try {
    const snapshots =
      'core' in target
        ? [await readCore(target, options)]
        : await takeSnapshots(target, choose, options, terminal, interrupt.signal)
    return await use(snapshots)
  } catch (error) {
    if (error instanceof UsageError) throw error
    const aborted = interrupt.signal.aborted
    terminal.err.write(`resty-leak: ${escapedLines(messageOf(aborted ? interrupt.signal.reason : error))}\n`)
    return aborted ? EXIT.interrupted : EXIT.unmeasured
  }
}

async function readCore(target: CoreTarget, options: SnapshotOptions): Promise<Snapshot> {
  await using here = placeHere(`core file ${target.core}`)
  return await new Heapwalk(here.exec).read(target, options)
}

async function takeSnapshots(
  target: LiveTarget,
  choose: ChooseWorkers,
  options: SnapshotOptions,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<readonly Snapshot[]> {
  await using live = await openLive(target)
  const snapshots: Snapshot[] = []
  for (const worker of choose(await live.workers())) {
    signal.throwIfAborted()
    snapshots.push(await snapshotOf(live, worker, options, terminal))
  }
  return snapshots
}

async function snapshotOf(
  live: LiveNginx,
  worker: NginxProcess,
  options: SnapshotOptions,
  { err }: Terminal,
): Promise<Snapshot> {
  const name = `${worker.role === 'worker' ? 'worker' : 'process'} ${worker.pid}`
  const { pauseUs, copyBytes } = await live.heapwalk.estimate(worker, options)
  err.write(`${name}: will stand still for about ${millisText(pauseUs / 1000)}, to copy ${size(copyBytes)}\n`)
  const snapshot = await live.heapwalk.snapshot(worker, options)
  const { freeze } = snapshot
  err.write(`${name}: stood still for ${millisText(freeze.pauseUs / 1000)}\n`)
  if (freeze.zombie !== undefined) err.write(`${zombieText(worker.pid, freeze.zombie)}\n`)
  return snapshot
}
