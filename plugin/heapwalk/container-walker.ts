import { debugLog } from '../base/debug.js'
import type { EngineContainer, ExecOutcome } from '../types/container-engine.js'
import type { NginxCounters, Snapshot } from '../types/snapshot.js'
import { mayHaveLua } from './may-have-lua.js'
import { parseSnapshot } from './snapshot.js'
import { walkerErrorFor } from './walker-error.js'

/** One nginx process, as `heapwalk ps` lists it (nginx/walker/FORMAT.md). */
export interface NginxProcess {
  readonly pid: number
  readonly ppid: number
  readonly uid: number
  readonly role: 'master' | 'worker' | 'agent' | 'other'
  readonly exiting: boolean
  /** Whether it runs the file that its parent runs; null where the kernel does not show it. */
  readonly sameProgram: boolean | null
  readonly title: string
}

const log = debugLog('walker')

/** The master is the container's first process. */
const masterPid = 1
const root = 0

/** heapwalk inside a container, beside nginx. Everything it says is ASCII, so exec's text is its very bytes. */
export class ContainerWalker {
  readonly #container: EngineContainer
  readonly #heapwalk: string
  #readsAsRoot = false

  constructor(container: EngineContainer, heapwalk: string) {
    this.#container = container
    this.#heapwalk = heapwalk
  }

  /** The workers that are not shutting down. Throws a WalkerError. */
  async workers(): Promise<readonly NginxProcess[]> {
    return (await this.#processes()).filter(({ role, exiting }) => role === 'worker' && !exiting)
  }

  /** What else the master started that may have Lua; the shell that holds the container has none. Throws a WalkerError. */
  async others(): Promise<readonly NginxProcess[]> {
    return (await this.#processes()).filter((each) => mayHaveLua(each) && each.ppid === masterPid)
  }

  async #processes(): Promise<readonly NginxProcess[]> {
    const outcome = await this.#exec(['ps', '-p', String(masterPid)], root)
    return JSON.parse(printed(outcome, 'list the processes of nginx')) as readonly NginxProcess[]
  }

  /** Exact heap of one process. Throws a WalkerError or SnapshotError. */
  async snapshot(worker: Pick<NginxProcess, 'pid' | 'uid'>): Promise<Snapshot> {
    return parseSnapshot(await this.#read('snap', worker, `take a snapshot of worker ${worker.pid}`))
  }

  /** nginx's counters; null where the build has none. Throws a WalkerError. */
  async counters(worker: Pick<NginxProcess, 'pid' | 'uid'>): Promise<NginxCounters | null> {
    return JSON.parse(await this.#read('counters', worker, "read nginx's counters")) as NginxCounters | null
  }

  /** As the worker's own user, who may read it; as root where Yama's ptrace_scope lets only an ancestor or SYS_PTRACE do so. */
  async #read(command: string, { pid, uid }: Pick<NginxProcess, 'pid' | 'uid'>, what: string): Promise<string> {
    const args = [command, '-p', String(pid)]
    if (!this.#readsAsRoot) {
      const outcome = await this.#exec(args, uid)
      if (outcome.exitCode !== cannotRead || uid === root) return printed(outcome, what)
      this.#readsAsRoot = true
    }
    return printed(await this.#exec(args, root), what)
  }

  async #exec(args: readonly string[], uid: number): Promise<ExecOutcome> {
    const outcome = await this.#container.exec([this.#heapwalk, ...args], uid)
    log('%s as uid %d ended with %d %s', args.join(' '), uid, outcome.exitCode, outcome.stderr.trim())
    return outcome
  }
}

const cannotRead = 3

function printed({ exitCode, stdout, stderr }: ExecOutcome, what: string): string {
  if (exitCode !== 0) throw walkerErrorFor(exitCode, stderr || stdout, what)
  return stdout
}
