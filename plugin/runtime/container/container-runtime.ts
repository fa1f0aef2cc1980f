import { RuntimeError } from '../../base/runtime-error.js'
import type { TempFolder } from '../../base/temp-folder.js'
import type { ContainerNginx } from '../../heapwalk/container-nginx.js'
import type { EngineContainer } from '../../types/container-engine.js'
import type { LogComplaints } from '../../types/log.js'
import type { Place } from '../../types/place.js'
import type { OtherProcess, Runtime, RuntimeListen, Worker } from '../../types/runtime.js'
import type { NginxCounters, Snapshot } from '../../types/snapshot.js'
import { logEntries } from '../log/log-entry.js'
import { missingEnvOfNil } from '../start/missing-env.js'
import { firstPlace, originOf, placeFor } from '../start/origin.js'
import { workersOf } from '../start/processes.js'
import { reloadNginx } from '../start/reload.js'
import type { KeptFiles } from './container-keep.js'

/** What a ContainerRuntime is made of: a container that serves. */
export interface ServingContainer {
  readonly container: EngineContainer
  readonly nginx: ContainerNginx
  readonly places: readonly Place[]
  readonly listens: readonly RuntimeListen[]
  readonly description: string
  readonly prefix: string
  readonly notices: readonly string[]
  readonly doubts: readonly string[]
  /** Texts of the conf and its includes, and names in nginx's environment: who reads what nobody set. */
  readonly confs: readonly string[]
  readonly envNames: ReadonlySet<string>
  /** Longest wait for new workers after a reload, in ms. */
  readonly startTimeoutMs: number
  /** Null unless files are to be kept. */
  readonly kept: KeptFiles | null
  /** The prefix as the log tells it. */
  readonly toldPrefix: string
  /** Where its conf was made; null where it was there. */
  readonly temp: TempFolder | null
}

/** An OpenResty that is the first process of a container. */
export class ContainerRuntime implements Runtime {
  readonly kind = 'container'
  readonly description: string
  readonly prefix: string
  readonly notices: readonly string[]
  readonly doubts: readonly string[]
  readonly url: string
  readonly places: readonly Place[]
  readonly listens: readonly RuntimeListen[]
  readonly #serving: ServingContainer
  #hasEnded = false
  #disposing: Promise<void> | undefined

  constructor(serving: ServingContainer) {
    this.#serving = serving
    this.description = serving.description
    this.prefix = serving.prefix
    this.notices = serving.notices
    this.doubts = serving.doubts
    this.places = serving.places
    this.url = originOf(firstPlace(serving.places))
    this.listens = serving.listens
    void serving.container.ended.then(() => {
      this.#hasEnded = true
    })
  }

  /** Lua has nil for a variable that nobody has set. */
  adviceOn(failure: string): string | undefined {
    return missingEnvOfNil(failure, this.#serving.confs, this.#serving.envNames)
  }

  origin(confPort: number): string {
    return originOf(placeFor(this.places, confPort))
  }

  async workers(): Promise<readonly Worker[]> {
    this.#assertRunning()
    return (await this.#serving.nginx.workers()).map(({ pid }) => ({ pid }))
  }

  async others(): Promise<readonly OtherProcess[]> {
    this.#assertRunning()
    return (await this.#serving.nginx.others()).map(({ pid, title }) => ({ pid, title }))
  }

  async workersHere(): Promise<readonly number[] | null> {
    this.#assertRunning()
    const { hostPid } = this.#serving.container
    return hostPid === null ? null : workersOf(hostPid).map(({ pid }) => pid)
  }

  async snapshot(pid: number): Promise<Snapshot> {
    this.#assertRunning()
    const { nginx, kept } = this.#serving
    const snapshot = await nginx.snapshot(pid)
    kept?.snapshot(snapshot)
    return snapshot
  }

  async counters(): Promise<NginxCounters | null> {
    this.#assertRunning()
    const counters = await this.#serving.nginx.counters()
    if (counters === undefined) throw new RuntimeError('RUNTIME_STOPPED', 'nginx has no worker left.')
    return counters
  }

  async errorLog(): Promise<string> {
    const { container, prefix, toldPrefix } = this.#serving
    return container.errorOutput().replaceAll(prefix, () => toldPrefix)
  }

  async complaints(): Promise<LogComplaints> {
    return this.#serving.container.complaints()
  }

  async reload(): Promise<void> {
    const { container, startTimeoutMs } = this.#serving
    const said = emergencies(container.complaints())
    const server = {
      workers: () => this.workers(),
      hangUp: () => container.signal('SIGHUP'),
      rejection: async () => {
        if (emergencies(container.complaints()) <= said) return undefined
        const entry = logEntries(container.errorOutput()).findLast(({ text }) => text.includes('[emerg]'))
        return entry?.text ?? '(its error log is too long to show it)'
      },
    }
    await reloadNginx(server, startTimeoutMs)
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#disposing ??= this.#dispose()
    return this.#disposing
  }

  async #dispose(): Promise<void> {
    const { container, kept, temp } = this.#serving
    try {
      await container[Symbol.asyncDispose]()
    } finally {
      await temp?.remove()
    }
    kept?.errorLog(container.errorOutput())
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
