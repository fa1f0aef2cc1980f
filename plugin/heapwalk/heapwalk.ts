import { debugLog } from '../base/debug.js'
import type { ExecOutcome } from '../types/container-engine.js'
import type { NginxCounters, Snapshot } from '../types/snapshot.js'
import type { NginxProcess } from './nginx-process.js'
import { parseSnapshot, SnapshotReader } from './snapshot.js'
import { walkerErrorFor } from './walker-error.js'

const log = debugLog('walker')

/**
 * Runs heapwalk where the processes are that it is to read: with these arguments, as `uid` where that can be chosen.
 * What it prints is ASCII, so text is its very bytes; of `snap` and `read` the outcome's stdout is the snapshot, wherever heapwalk wrote it.
 */
export type Exec = (args: readonly string[], uid?: number) => Promise<ExecOutcome>

/** A core file, or an image that heapwalk saved. */
export interface CoreTarget {
  readonly core: string
  /** The root folder of the machine or container that the core comes from. Default: this machine's. */
  readonly sysroot?: string
  /** The core's program. Default: where the core says. */
  readonly program?: string
}

/** A process to be read: as its own user, if that is known. */
export type Readable = Pick<NginxProcess, 'pid'> & Partial<Pick<NginxProcess, 'uid' | 'role'>>

/** What a snapshot would do to the worker, found out without stopping it. */
export interface PauseEstimate {
  readonly copyBytes: number
  readonly pauseUs: number
}

export interface SnapshotOptions {
  /** Bytes that only the objects at each path hold; `cheap`: where finding them takes less than about a second. Default: no. */
  readonly retained?: boolean | 'cheap'
  /** What is free in the allocators by size of chunk, and strings by size with the largest by path. Default: no. */
  readonly details?: boolean
  /** The worker is not stopped for longer: refused where the estimate is above, given up where the copying is. */
  readonly maxPauseMs?: number | undefined
  /**
   * `fork`: a clone of the worker is read in its place, made copy-on-write, so that it stands still for the cloning alone; refused
   * where a clone could take more memory than there is room for. Default: `stop`, the worker itself is read.
   */
  readonly freeze?: Freeze | undefined
}

/** What is read while it does not change: the worker, which stands still, or a clone of it. */
export type Freeze = 'stop' | 'fork'

/** How a worker may be made to stand still. */
export type FreezeOptions = Pick<SnapshotOptions, 'maxPauseMs' | 'freeze'>

/** heapwalk's exit code for what may not be read. */
const CANNOT_READ = 3
const ROOT = 0

/** What heapwalk is asked and what it answers, however it is run. Nothing is changed in the processes. */
export class Heapwalk {
  readonly #exec: Exec
  readonly #reader = new SnapshotReader()
  #readsAsRoot = false

  constructor(exec: Exec) {
    this.#exec = async (args, uid) => {
      const outcome = await exec(args, uid)
      log('%s as uid %s ended with %d %s', args.join(' '), uid ?? 'ours', outcome.exitCode, outcome.stderr.trim())
      return outcome
    }
  }

  /**
   * All processes of nginx.
   * @param master only this one's children, and itself
   * @throws WalkerError
   */
  async processes(master?: number): Promise<readonly NginxProcess[]> {
    const args = master === undefined ? ['ps'] : ['ps', '-p', String(master)]
    return JSON.parse(outputOf(await this.#exec(args), LIST))
  }

  /** Throws a WalkerError that says why a process cannot be read, without stopping it. */
  async assertReadable(pid: number): Promise<void> {
    outputOf(await this.#exec(['estimate', '-p', String(pid)]), `read process ${pid}`)
  }

  /** @throws WalkerError */
  async estimate(process: Readable, { freeze }: Pick<SnapshotOptions, 'freeze'> = {}): Promise<PauseEstimate> {
    return JSON.parse(await this.#read('estimate', process, freezeArguments(freeze), 'estimate the pause'))
  }

  /** Exact heap and memory of one process. Throws WalkerError or SnapshotError. */
  async snapshot(
    process: Readable,
    { retained, details, maxPauseMs, freeze }: SnapshotOptions = {},
  ): Promise<Snapshot> {
    const more = [
      ...retainedArguments(retained),
      ...(details ? ['--details'] : []),
      ...freezeArguments(freeze),
      ...(maxPauseMs === undefined ? [] : ['--max-pause', String(maxPauseMs)]),
    ]
    const text = await this.#read('snap', process, more, `take a snapshot of ${nameOf(process)}`)
    return this.#reader.read(text, process.pid)
  }

  /** What a core file, or an image that heapwalk saved, holds: exact, or refused. Throws WalkerError or SnapshotError. */
  async read({ core, sysroot, program }: CoreTarget, { retained, details }: SnapshotOptions = {}): Promise<Snapshot> {
    const more = [
      ...retainedArguments(retained),
      ...(details ? ['--details'] : []),
      ...(sysroot === undefined ? [] : ['--sysroot', sysroot]),
      ...(program === undefined ? [] : ['--exe', program]),
    ]
    return parseSnapshot(outputOf(await this.#exec(['read', core, ...more]), `use --core ${core}`))
  }

  /** nginx's counters, read through one of its workers; null where the build has none. Throws WalkerError. */
  async counters(process: Readable): Promise<NginxCounters | null> {
    return JSON.parse(await this.#read('counters', process, [], `read nginx's counters from ${nameOf(process)}`))
  }

  /** As the process's own user, who may read it without any capability; as root where only that may. */
  async #read(command: string, { pid, uid }: Readable, more: readonly string[], what: string): Promise<string> {
    const args = [command, '-p', String(pid), ...more]
    if (uid === undefined || this.#readsAsRoot)
      return outputOf(await this.#exec(args, uid === undefined ? uid : ROOT), what)
    const outcome = await this.#exec(args, uid)
    if (outcome.exitCode !== CANNOT_READ || uid === ROOT) return outputOf(outcome, what)
    const asRoot = await this.#exec(args, ROOT)
    this.#readsAsRoot = asRoot.exitCode !== CANNOT_READ
    return outputOf(this.#readsAsRoot ? asRoot : outcome, what)
  }
}

const LIST = 'list the processes of nginx'

function retainedArguments(retained: SnapshotOptions['retained'] = false): string[] {
  if (retained === false) return []
  return [retained === 'cheap' ? '--cheap-retained' : '--retained']
}

function freezeArguments(freeze: Freeze = 'stop'): string[] {
  return freeze === 'stop' ? [] : ['--freeze', freeze]
}

function nameOf({ pid, role = 'worker' }: Readable): string {
  return `${role === 'worker' ? 'worker' : 'process'} ${pid}`
}

/** With these an engine, or a shell, says that it could not start a command: an engine says on stdout why. */
const NOT_STARTED: ReadonlySet<number> = new Set([125, 126, 127])

function outputOf({ exitCode, stdout, stderr }: ExecOutcome, what: string): string {
  if (exitCode !== 0) throw walkerErrorFor(exitCode, stderr || (NOT_STARTED.has(exitCode) ? stdout : ''), what)
  return stdout
}
