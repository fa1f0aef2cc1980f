import type { LeakRun } from '../analysis/leak-run.js'
import type { LiveNginx, LiveTarget } from '../heapwalk/live.js'
import { openLive } from '../runtime/attach/open-live.js'
import type { Watchable } from './look.js'
import { type WatchOptions, watch } from './watch.js'
import type { WatchPlan } from './watch-plan.js'

/**
 * Watches an nginx that somebody else started: a worker, the workers of a master, or those of a container.
 * @throws RuntimeError or WalkerError where it cannot be read at all
 */
export async function watchLive(target: LiveTarget, plan: WatchPlan, options: WatchOptions = {}): Promise<LeakRun> {
  const live = await openLive(target)
  let run: LeakRun | undefined
  try {
    run = await watch(watchable(live), await scopeOf(target, live), plan, options)
    return run
  } finally {
    await live[Symbol.asyncDispose]().then(undefined, (error: unknown) => {
      // a container that has ended took along what was put into it
      if (run?.watch?.ended !== 'lost') throw error
    })
  }
}

function watchable(live: LiveNginx): Watchable {
  return {
    description: `nginx of ${live.description}`,
    workers: () => live.workers(),
    processes: () => live.heapwalk.processes(),
    snapshot: (process, options) => live.heapwalk.snapshot(process, options),
  }
}

async function scopeOf(target: LiveTarget, live: LiveNginx): Promise<'one' | 'all'> {
  if (!('pid' in target)) return 'all'
  const workers = await live.workers()
  return workers.length === 1 && workers[0]!.pid === target.pid ? 'one' : 'all'
}
