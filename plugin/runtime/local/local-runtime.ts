import { RuntimeError } from '../../base/runtime-error.js'
import type { TempFolder } from '../../base/temp-folder.js'
import type { ResidentWalker } from '../../heapwalk/resident-walker.js'
import type { LogComplaints } from '../../types/log.js'
import type { Place } from '../../types/place.js'
import type { OtherProcess, Runtime, RuntimeListen, Worker } from '../../types/runtime.js'
import type { NginxCounters, Snapshot } from '../../types/snapshot.js'
import type { Installation } from '../install/installation.js'
import { seriousEntries } from '../log/error-log.js'
import { LogFile } from '../log/log-file.js'
import { withoutFolder } from '../log/log-tally.js'
import { missingEnvOfNil } from '../start/missing-env.js'
import { firstPlace, listensOf, originOf, placeFor, placesOf } from '../start/origin.js'
import { othersOf, workersOf } from '../start/processes.js'
import { reloadNginx } from '../start/reload.js'
import { OwnLog } from './own-log.js'
import type { PreparedFolder } from './prepare-here.js'
import { stopLocal } from './stop-local.js'

/** An nginx on this machine, below heapwalk. */
export class LocalRuntime implements Runtime {
  readonly kind = 'local'
  readonly description: string
  readonly prefix: string
  readonly url: string
  readonly places: readonly Place[]
  readonly listens: readonly RuntimeListen[]
  readonly notices: readonly string[]
  readonly doubts: readonly string[]
  readonly #temp: TempFolder
  readonly #prepared: PreparedFolder
  readonly #walker: ResidentWalker
  readonly #log: LogFile
  readonly #ownLog: OwnLog
  readonly #startTimeoutMs: number
  readonly #envNames: ReadonlySet<string>
  #disposing: Promise<void> | undefined

  constructor(
    installation: Installation,
    temp: TempFolder,
    prepared: PreparedFolder,
    walker: ResidentWalker,
    notices: readonly string[],
    startTimeoutMs: number,
    envNames: ReadonlySet<string>,
  ) {
    this.#envNames = envNames
    this.#startTimeoutMs = startTimeoutMs
    this.description = installation.description
    this.prefix = prepared.toldPrefix
    // On this machine a server is reached where nginx binds it.
    this.places = placesOf(prepared.endpoints, (bound) => bound)
    this.url = originOf(firstPlace(this.places))
    this.listens = listensOf(prepared.endpoints, (port) => port)
    this.notices = notices
    this.doubts = prepared.doubts
    this.#temp = temp
    this.#prepared = prepared
    this.#walker = walker
    this.#ownLog = new OwnLog(prepared)
    this.#log = new LogFile(this.#ownLog.path)
  }

  /** Lua has nil for a variable that nobody has set. */
  adviceOn(failure: string): string | undefined {
    const confs = this.#prepared.files.map(({ text }) => text)
    return missingEnvOfNil(failure, confs, this.#envNames)
  }

  origin(confPort: number): string {
    return originOf(placeFor(this.places, confPort))
  }

  async workers(): Promise<readonly Worker[]> {
    this.#assertRunning()
    return workersOf(this.#walker.nginxPid)
  }

  async others(): Promise<readonly OtherProcess[]> {
    this.#assertRunning()
    return othersOf(this.#walker.nginxPid)
  }

  async workersHere(): Promise<readonly number[]> {
    return (await this.workers()).map(({ pid }) => pid)
  }

  async snapshot(pid: number): Promise<Snapshot> {
    return this.#walker.heapwalk.snapshot({ pid })
  }

  async counters(): Promise<NginxCounters | null> {
    const [worker] = await this.workers()
    if (!worker) throw new RuntimeError('RUNTIME_STOPPED', `nginx ${this.#walker.nginxPid} has no worker left.`)
    return this.#walker.heapwalk.counters(worker)
  }

  async errorLog(): Promise<string> {
    return this.#ownLog.read()
  }

  async complaints(): Promise<LogComplaints> {
    return withoutFolder(await this.#log.complaints(), this.#prepared.mirror)
  }

  /** The conf is taken as it was at the start; Lua files are read anew. */
  async reload(): Promise<void> {
    const said = await this.#ownLog.length()
    // what the master itself complains of: [emerg], or an [error] of init_by_lua
    const complaint = new RegExp(String.raw`\[emerg\]|\[error\] ${this.#walker.nginxPid}#`)
    const server = {
      workers: () => this.workers(),
      hangUp: () => void process.kill(this.#walker.nginxPid, 'SIGHUP'),
      rejection: async () => {
        const entries = seriousEntries(await this.#ownLog.read(said))
        return complaint.test(entries) ? entries : undefined
      },
    }
    await reloadNginx(server, this.#startTimeoutMs)
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#disposing ??= stopLocal(this.#walker, this.#temp, this.#prepared)
    return this.#disposing
  }

  #assertRunning(): void {
    const { ended } = this.#walker
    if (!ended) return
    throw new RuntimeError('RUNTIME_STOPPED', `nginx is not running any more: ${ended.message}.`, { cause: ended })
  }
}
