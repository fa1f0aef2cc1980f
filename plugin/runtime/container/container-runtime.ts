import { RuntimeError } from '../../base/runtime-error.js'
import { waitUntil } from '../../base/wait.js'
import type { Endpoint } from '../../conf/listen-edits.js'
import type { ContainerWalker } from '../../heapwalk/container-walker.js'
import { WalkerError } from '../../heapwalk/walker-error.js'
import type { EngineContainer } from '../../types/container-engine.js'
import type { LogComplaints } from '../../types/log.js'
import type { ConfServer, OtherProcess, Runtime, Worker } from '../../types/runtime.js'
import type { NginxCounters, Snapshot } from '../../types/snapshot.js'
import { logEntries } from '../log/log-entry.js'
import { endpointFor, firstEndpoint, originOf } from '../start/origin.js'
import { workersOf } from '../start/processes.js'
import { LONGER_START } from '../start/start-timeout.js'
import type { KeptFiles } from './container-keep.js'

/** What a ContainerRuntime is made of: a container that serves. */
export interface ServingContainer {
  readonly container: EngineContainer
  readonly walker: ContainerWalker
  readonly endpoints: readonly Endpoint[]
  readonly description: string
  readonly prefix: string
  readonly notices: readonly string[]
  readonly doubts: readonly string[]
  readonly servers: readonly ConfServer[]
  /** Longest wait for new workers after a reload, in ms. */
  readonly startTimeoutMs: number
  /** Null unless files are to be kept. */
  readonly kept: KeptFiles | null
}

/** An OpenResty that is the first process of a container. */
export class ContainerRuntime implements Runtime {
  readonly kind = 'container'
  readonly description: string
  readonly prefix: string
  readonly notices: readonly string[]
  readonly doubts: readonly string[]
  readonly servers: readonly ConfServer[]
  readonly url: string
  readonly #serving: ServingContainer
  #hasEnded = false
  #disposing: Promise<void> | undefined

  constructor(serving: ServingContainer) {
    this.#serving = serving
    this.description = serving.description
    this.prefix = serving.prefix
    this.notices = serving.notices
    this.doubts = serving.doubts
    this.servers = serving.servers
    this.url = this.#originOf(firstEndpoint(serving.endpoints))
    void serving.container.ended.then(() => {
      this.#hasEnded = true
    })
  }

  origin(confPort: number): string {
    return this.#originOf(endpointFor(this.#serving.endpoints, confPort))
  }

  async workers(): Promise<readonly Worker[]> {
    this.#assertRunning()
    return (await this.#serving.walker.workers()).map(({ pid }) => ({ pid }))
  }

  async others(): Promise<readonly OtherProcess[]> {
    this.#assertRunning()
    return (await this.#serving.walker.others()).map(({ pid, title }) => ({ pid, title }))
  }

  async workersHere(): Promise<readonly number[] | null> {
    this.#assertRunning()
    const { hostPid } = this.#serving.container
    return hostPid === null ? null : workersOf(hostPid).map(({ pid }) => pid)
  }

  async snapshot(pid: number): Promise<Snapshot> {
    this.#assertRunning()
    const { walker, kept } = this.#serving
    const workers = await walker.workers()
    const isIt = (candidate: { readonly pid: number }) => candidate.pid === pid
    const found = workers.find(isIt) ?? (await walker.others()).find(isIt)
    if (!found) {
      const pids = workers.map((candidate) => candidate.pid).join(', ') || 'none'
      throw new WalkerError(
        'WALKER_CANNOT_READ',
        `cannot take a snapshot of worker ${pid}: there is no such worker. The workers are ${pids}.`,
      )
    }
    const snapshot = await walker.snapshot(found)
    kept?.snapshot(snapshot)
    return snapshot
  }

  async counters(): Promise<NginxCounters | null> {
    this.#assertRunning()
    const [worker] = await this.#serving.walker.workers()
    if (!worker) throw new RuntimeError('RUNTIME_STOPPED', 'nginx has no worker left.')
    return this.#serving.walker.counters(worker)
  }

  async errorLog(): Promise<string> {
    return this.#serving.container.errorOutput()
  }

  async complaints(): Promise<LogComplaints> {
    return this.#serving.container.complaints()
  }

  async reload(): Promise<void> {
    const { container, startTimeoutMs } = this.#serving
    const before = await this.workers()
    const old = new Set(before.map(({ pid }) => pid))
    const said = emergencies(container.complaints())
    await container.signal('SIGHUP')
    const isRenewed = async () => {
      if (emergencies(container.complaints()) > said) {
        const entries = logEntries(container.errorOutput()).filter(({ text }) => text.includes('[emerg]'))
        throw new RuntimeError(
          'RUNTIME_RELOAD_FAILED',
          `nginx keeps its old workers, since it rejects the conf at a reload:\n${entries.at(-1)?.text}`,
        )
      }
      const now = await this.workers()
      return now.length >= before.length && now.every(({ pid }) => !old.has(pid))
    }
    if (await waitUntil(isRenewed, { timeoutMs: startTimeoutMs })) return
    throw new RuntimeError(
      'RUNTIME_RELOAD_FAILED',
      `nginx had no new workers ${startTimeoutMs / 1000} s after a reload. Where it needs longer: ${LONGER_START}.`,
    )
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#disposing ??= this.#dispose()
    return this.#disposing
  }

  async #dispose(): Promise<void> {
    const { container, kept } = this.#serving
    await container[Symbol.asyncDispose]()
    kept?.errorLog(container.errorOutput())
  }

  #originOf(endpoint: Endpoint): string {
    return originOf(endpoint, this.#serving.container.hostPort(endpoint.port))
  }

  #assertRunning(): void {
    if (!this.#hasEnded) return
    const log = this.#serving.container.errorOutput().trim().split('\n').slice(-5).join('\n')
    throw new RuntimeError('RUNTIME_STOPPED', `nginx is not running any more, its container has ended:\n${log}`)
  }
}

function emergencies(complaints: LogComplaints): number {
  return complaints.reduce((sum, { level, count }) => (level === 'emerg' ? sum + count : sum), 0)
}
