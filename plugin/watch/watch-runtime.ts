import type { LeakRun } from '../analysis/leak-run.js'
import type { NginxProcess } from '../heapwalk/nginx-process.js'
import type { Runtime } from '../types/runtime.js'
import { type WatchOptions, watch } from './watch.js'
import type { WatchPlan } from './watch-plan.js'

/** Watches a server that a test has started: all of its workers. It gives every worker a number of its own, so that these alone tell them apart. */
export function watchRuntime(runtime: Runtime, plan: WatchPlan, options: WatchOptions = {}): Promise<LeakRun> {
  const workers = async () => (await runtime.workers()).map(({ pid }) => servingWorker(pid))
  const { description } = runtime
  const snapshot = ({ pid }: NginxProcess) => runtime.snapshot(pid)
  return watch({ description, workers, processes: workers, snapshot }, 'all', plan, options)
}

/** The runtime tells serving workers by their pids and keeps the rest to itself: one master, and no start that could differ. */
function servingWorker(pid: number): NginxProcess {
  return {
    pid,
    ppid: 0,
    uid: 0,
    role: 'worker',
    exiting: false,
    waiting: true,
    sameProgram: true,
    startTicks: 0,
    title: 'nginx: worker process',
  }
}
