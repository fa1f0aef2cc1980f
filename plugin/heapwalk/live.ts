import { RuntimeError } from '../base/runtime-error.js'
import type { ExecOutcome } from '../types/container-engine.js'
import type { NginxCounters, Snapshot } from '../types/snapshot.js'
import type { NginxProcess } from './container-walker.js'
import { mayHaveLua } from './may-have-lua.js'
import { parseSnapshot } from './snapshot.js'
import { WalkerError, walkerErrorFor } from './walker-error.js'

/** An nginx that somebody else started: a master, or any process below one, by pid; or a container by id or name. */
export type LiveTarget = { readonly pid: number } | { readonly container: string }

/** heapwalk where the target's processes can be seen. Disposing it removes what it put there. */
export interface LivePlace extends AsyncDisposable {
  /** For people: `process 1234`, `container kong`. */
  readonly description: string
  /** Runs heapwalk as `uid`, where that can be chosen. */
  heapwalk(args: readonly string[], uid?: number): Promise<ExecOutcome>
  /** What `heapwalk snap` with these arguments writes. Its outcome's stdout is the snapshot. */
  snap(args: readonly string[], uid: number): Promise<ExecOutcome>
}

/** What a snapshot would do to the worker, found out without stopping it. */
export interface PauseEstimate {
  readonly copyBytes: number
  readonly pauseUs: number
}

export interface LiveSnapshotOptions {
  /** Bytes that only the objects at each path hold. */
  readonly retained?: boolean
  /** The worker is not stopped for longer: refused where the estimate is above, given up where the copying is. */
  readonly maxPauseMs?: number | undefined
}

/** heapwalk's exit code for what may not be read. */
const CANNOT_READ = 3
const ROOT = 0

/** The workers of a live target, and what can be read of them. Nothing is changed in them. */
export class LiveNginx implements AsyncDisposable {
  readonly description: string
  readonly #place: LivePlace
  readonly #pid: number | undefined
  #readsAsRoot = false

  /** @param pid the master whose workers are meant, or the one process below it; default: all masters there */
  constructor(place: LivePlace, pid?: number) {
    this.#place = place
    this.#pid = pid
    this.description = place.description
  }

  /**
   * The workers that are not shutting down; or, where a single process was named, that one.
   * @throws WalkerError for a pid that is gone or is no nginx; RuntimeError `RUNTIME_STOPPED` where nginx has none
   */
  async workers(): Promise<readonly NginxProcess[]> {
    const all = await this.#processes()
    const isServing = ({ role, exiting }: NginxProcess) => role === 'worker' && !exiting
    if (this.#pid === undefined) return some(all.filter(isServing), `nginx in ${this.description} has no worker`)
    const own = all.find(({ pid }) => pid === this.#pid)
    if (own?.role === 'master') {
      const children = all.filter((each) => isServing(each) && each.ppid === own.pid)
      return some(children, `nginx master ${own.pid} has no worker`)
    }
    if (own) return [own]
    // Not among them: heapwalk knows why, and says it without stopping anything.
    printed(await this.#place.heapwalk(['estimate', '-p', String(this.#pid)]), `read process ${this.#pid}`)
    throw new WalkerError('WALKER_CANNOT_READ', `process ${this.#pid} is neither a master of nginx nor below one.`)
  }

  /** What else the masters have started that may have Lua; none where a single process was named. Throws WalkerError. */
  async others(): Promise<readonly NginxProcess[]> {
    const all = await this.#processes()
    const masters = all.filter(({ role, pid }) => role === 'master' && (this.#pid === undefined || pid === this.#pid))
    return all.filter((each) => mayHaveLua(each) && masters.some(({ pid }) => pid === each.ppid))
  }

  async #processes(): Promise<readonly NginxProcess[]> {
    return parsed<NginxProcess[]>(await this.#place.heapwalk(['ps']), 'list nginx processes')
  }

  /** @throws WalkerError */
  async estimate(worker: NginxProcess): Promise<PauseEstimate> {
    return parsed(await this.#asReader(worker, ['estimate', '-p', String(worker.pid)]), 'estimate the pause')
  }

  /** Exact heap and memory of one worker. Throws WalkerError or SnapshotError. */
  async snapshot(worker: NginxProcess, { retained, maxPauseMs }: LiveSnapshotOptions = {}): Promise<Snapshot> {
    const args = [
      'snap',
      '-p',
      String(worker.pid),
      ...(retained ? ['--retained'] : []),
      ...(maxPauseMs === undefined ? [] : ['--max-pause', String(maxPauseMs)]),
    ]
    return parseSnapshot(
      printed(
        await this.#asReader(worker, args),
        `take a snapshot of ${worker.role === 'worker' ? 'worker' : 'process'} ${worker.pid}`,
      ),
    )
  }

  /** nginx's counters; null where the build has none. Throws WalkerError. */
  async counters(worker: NginxProcess): Promise<NginxCounters | null> {
    return parsed(await this.#asReader(worker, ['counters', '-p', String(worker.pid)]), "read nginx's counters")
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.#place[Symbol.asyncDispose]()
  }

  /** As the worker's own user, who may read it without any capability; as root where only that may. */
  async #asReader({ uid }: NginxProcess, args: readonly string[]): Promise<ExecOutcome> {
    const run = (user: number) => (args[0] === 'snap' ? this.#place.snap(args, user) : this.#place.heapwalk(args, user))
    if (!this.#readsAsRoot) {
      const outcome = await run(uid)
      if (outcome.exitCode !== CANNOT_READ || uid === ROOT) return outcome
      const asRoot = await run(ROOT)
      this.#readsAsRoot = asRoot.exitCode !== CANNOT_READ
      return this.#readsAsRoot ? asRoot : outcome
    }
    return run(ROOT)
  }
}

function some(workers: readonly NginxProcess[], what: string): readonly NginxProcess[] {
  if (workers.length > 0) return workers
  throw new RuntimeError('RUNTIME_STOPPED', `${what} that is not shutting down.`)
}

function parsed<T>(outcome: ExecOutcome, what: string): T {
  return JSON.parse(printed(outcome, what)) as T
}

function printed({ exitCode, stdout, stderr }: ExecOutcome, what: string): string {
  if (exitCode !== 0) throw walkerErrorFor(exitCode, stderr || stdout, what)
  return stdout
}
