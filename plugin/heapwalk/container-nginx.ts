import type { EngineContainer } from '../types/container-engine.js'
import type { NginxCounters, Snapshot } from '../types/snapshot.js'
import { Heapwalk } from './heapwalk.js'
import { isServing, isStarting, mayHaveLua, type NginxProcess, processOf } from './nginx-process.js'
import { WalkerError } from './walker-error.js'

/** The master is the container's first process. */
const MASTER_PID = 1
const ROOT = 0

/** nginx as the first process of a container of ours, with heapwalk beside it. */
export class ContainerNginx {
  readonly #heapwalk: Heapwalk
  /** As heapwalk listed them last: a process is read without asking again who is there, since each call into a container takes long. */
  #listed: readonly NginxProcess[] = []

  /** @param heapwalk its path in the container */
  constructor(container: Pick<EngineContainer, 'exec'>, heapwalk: string) {
    this.#heapwalk = new Heapwalk((args, uid = ROOT) => container.exec([heapwalk, ...args], uid))
  }

  /** The workers that are not shutting down. Throws a WalkerError. */
  async workers(): Promise<readonly NginxProcess[]> {
    await this.#list()
    return this.#listed.filter(isServing)
  }

  /** The workers, once all that the master starts are through init_worker_by_lua; none before. Throws a WalkerError. */
  async startedWorkers(): Promise<readonly NginxProcess[]> {
    const workers = await this.workers()
    return isStarting(MASTER_PID, this.#listed) ? [] : workers
  }

  /** What else the master started that may have Lua; the shell that holds the container has none. Throws a WalkerError. */
  async others(): Promise<readonly NginxProcess[]> {
    await this.#list()
    return this.#listed.filter(isBeside)
  }

  /** Exact heap and memory of one worker, or of a process beside them. Throws WalkerError or SnapshotError. */
  async snapshot(pid: number): Promise<Snapshot> {
    const known = this.#listed.find((each) => each.pid === pid && (isServing(each) || isBeside(each)))
    return this.#read(
      known,
      () => processOf(this, pid),
      (process) => this.#heapwalk.snapshot(process),
    )
  }

  /** nginx's counters; null where the build has none, undefined where nginx has no worker left. Throws a WalkerError. */
  async counters(): Promise<NginxCounters | null | undefined> {
    const read = async (worker: NginxProcess | undefined) => worker && this.#heapwalk.counters(worker)
    return this.#read(this.#listed.find(isServing), async () => (await this.workers())[0], read)
  }

  async #list(): Promise<void> {
    this.#listed = await this.#heapwalk.processes(MASTER_PID)
  }

  /** Reads the process that is known, or, if that has gone meanwhile, the one that is found. */
  async #read<Process extends NginxProcess | undefined, Result>(
    known: Process | undefined,
    find: () => Promise<Process>,
    read: (process: Process) => Promise<Result>,
  ): Promise<Result> {
    if (known === undefined) return read(await find())
    try {
      return await read(known)
    } catch (error) {
      if (!(error instanceof WalkerError)) throw error
      const now = await find()
      if (now?.pid === known.pid && now.startTicks === known.startTicks) throw error
      return read(now)
    }
  }
}

/** Whether it is no worker, and may have Lua: a child of the master, which itself never runs any but at a start. */
function isBeside(process: NginxProcess): boolean {
  return mayHaveLua(process) && process.ppid === MASTER_PID
}
