import { closeSync, openSync, rmSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { debugLog } from '../debug.js'
import { ResidentWalker } from '../heap/walker.js'
import type { LogComplaints } from '../types/log.js'
import type { Runtime, RuntimeOptions, Worker } from '../types/runtime.js'
import type { NginxCounters, Snapshot } from '../types/snapshot.js'
import { answers } from './answers.js'
import { RuntimeError } from './error.js'
import { seriousEntries } from './error-log.js'
import type { Installation } from './installation.js'
import { keptError } from './kept-error.js'
import { LogFile } from './log-file.js'
import { withoutFolder } from './log-tally.js'
import { nginxArguments } from './nginx-build.js'
import { endpointFor, firstEndpoint, originOf } from './origin.js'
import { type PreparedFolder, prepareHere } from './prepare-here.js'
import { hasStartingChild, workersOf } from './processes.js'
import { startError } from './start-error.js'
import { makeTempFolder, type TempFolder } from './temp-folder.js'
import { waitUntil } from './wait.js'

const log = debugLog('local')

/** init_by_lua may read large files; nginx itself is up in milliseconds. */
const START_TIMEOUT_MS = 30_000
const LOG_NAME = 'error.log'
/** A port that was free a moment ago may be taken by the time nginx binds it. */
const START_TRIES = 3

/** An nginx on this machine, below heapwalk. */
class LocalRuntime implements Runtime {
  readonly kind = 'local'
  readonly description: string
  readonly url: string
  readonly notices: readonly string[]
  readonly #temp: TempFolder
  readonly #prepared: PreparedFolder
  readonly #walker: ResidentWalker
  readonly #log: LogFile
  #disposing: Promise<void> | undefined

  constructor(
    installation: Installation,
    temp: TempFolder,
    prepared: PreparedFolder,
    walker: ResidentWalker,
    notices: readonly string[],
  ) {
    const first = firstEndpoint(prepared.endpoints)
    this.description = installation.description
    this.url = originOf(first, first.port)
    this.notices = notices
    this.#temp = temp
    this.#prepared = prepared
    this.#walker = walker
    this.#log = new LogFile(join(prepared.folder, LOG_NAME))
  }

  origin(confPort: number): string {
    const endpoint = endpointFor(this.#prepared.endpoints, confPort)
    return originOf(endpoint, endpoint.port)
  }

  async workers(): Promise<readonly Worker[]> {
    this.#assertRunning()
    return workersOf(this.#walker.nginxPid)
  }

  async workersHere(): Promise<readonly number[]> {
    return (await this.workers()).map(({ pid }) => pid)
  }

  async snapshot(pid: number): Promise<Snapshot> {
    return this.#walker.snapshot(pid)
  }

  async counters(): Promise<NginxCounters | null> {
    const [worker] = await this.workers()
    if (!worker) throw new RuntimeError('RUNTIME_STOPPED', `nginx ${this.#walker.nginxPid} has no worker left.`)
    return this.#walker.counters(worker.pid)
  }

  async errorLog(): Promise<string> {
    return readLog(this.#prepared)
  }

  async complaints(): Promise<LogComplaints> {
    return withoutFolder(await this.#log.complaints(), this.#prepared.mirror)
  }

  /** The conf is taken as it was at the start; Lua files are read anew. */
  async reload(): Promise<void> {
    const before = await this.workers()
    const old = new Set(before.map(({ pid }) => pid))
    const said = (await this.errorLog()).length
    process.kill(this.#walker.nginxPid, 'SIGHUP')
    // what the master itself complains of: [emerg], or an [error] of init_by_lua
    const complaint = new RegExp(String.raw`\[emerg\]|\[error\] ${this.#walker.nginxPid}#`)
    const renewed = await waitUntil(
      async () => {
        const entries = seriousEntries((await this.errorLog()).slice(said))
        if (complaint.test(entries)) {
          throw new RuntimeError(
            'RUNTIME_RELOAD_FAILED',
            `nginx keeps its old workers, since it rejects the conf at a reload:\n${entries}`,
          )
        }
        const now = await this.workers()
        return now.length >= before.length && now.every(({ pid }) => !old.has(pid))
      },
      { timeoutMs: START_TIMEOUT_MS },
    )
    if (!renewed) {
      throw new RuntimeError(
        'RUNTIME_RELOAD_FAILED',
        `nginx had no new workers ${START_TIMEOUT_MS / 1000} s after a reload.`,
      )
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#disposing ??= stop(this.#walker, this.#temp)
    return this.#disposing
  }

  #assertRunning(): void {
    const { ended } = this.#walker
    if (!ended) return
    throw new RuntimeError('RUNTIME_STOPPED', `nginx is not running any more: ${ended.message}.`, { cause: ended })
  }
}

function readLog({ folder, mirror }: { readonly folder: string; readonly mirror: string }): Promise<string> {
  return readFile(join(folder, LOG_NAME), 'utf8').then((text) => text.replaceAll(mirror, ''))
}

async function stop(walker: ResidentWalker | undefined, temp: TempFolder): Promise<void> {
  try {
    await walker?.quit()
  } finally {
    await temp.remove()
  }
}

async function launch(
  options: RuntimeOptions,
  installation: Installation,
  prepared: PreparedFolder,
): Promise<ResidentWalker> {
  const args = nginxArguments(installation.build, prepared)
  log('%s %s', installation.binary, args.join(' '))
  const logFd = openSync(join(prepared.folder, LOG_NAME), 'a')
  try {
    return await ResidentWalker.start(installation.binary, args, {
      logFd,
      folder: prepared.folder,
      keep: options.keep ?? false,
      env: { ...installation.env, ...options.env },
    })
  } finally {
    closeSync(logFd)
  }
}

/** Waits until all workers are there and the first port answers. */
async function awaitUp(
  walker: ResidentWalker,
  prepared: PreparedFolder,
  { workers = 1, signal }: RuntimeOptions,
): Promise<void> {
  const { port } = firstEndpoint(prepared.endpoints)
  const wanted = workers === 'conf' ? 1 : workers
  const up = await waitUntil(
    async () => {
      if (walker.ended) throw walker.ended
      const master = walker.nginxPid
      return workersOf(master).length >= wanted && !hasStartingChild(master) && (await answers(port))
    },
    { timeoutMs: START_TIMEOUT_MS, signal },
  )
  if (up) return
  const entries = seriousEntries(await readLog(prepared)) || '(its error log has no errors)'
  throw new RuntimeError(
    'RUNTIME_START_TIMEOUT',
    `nginx had not all of its workers up, or did not answer on port ${port}, within ${START_TIMEOUT_MS / 1000} s:\n${entries}`,
  )
}

async function startOnce(options: RuntimeOptions, installation: Installation): Promise<Runtime> {
  const { keep = false, signal } = options
  signal?.throwIfAborted()
  const temp = makeTempFolder({ keep })
  let walker: ResidentWalker | undefined
  let prepared: PreparedFolder | undefined
  try {
    prepared = await prepareHere(options, installation, temp.path)
    walker = await launch(options, installation, prepared)
    await awaitUp(walker, prepared, options)
    const kept = keep ? [`conf, logs and snapshots stay in ${temp.path}`] : []
    log('nginx %d answers, %o', walker.nginxPid, prepared.endpoints)
    return new LocalRuntime(installation, temp, prepared, walker, [...prepared.notices, ...kept])
  } catch (error) {
    const text = prepared && (await readLog(prepared).catch(() => ''))
    await stop(walker, temp)
    const failure = signal?.aborted ? error : startFailure(error, text, prepared, options, installation)
    if (!keep) throw failure
    // Kept is what helps to understand a failure.
    if (failure instanceof RuntimeError && prepared && failure.code !== 'RUNTIME_PORT_IN_USE') {
      throw keptError(failure, temp.path)
    }
    rmSync(temp.path, { recursive: true, force: true })
    throw failure
  }
}

/** What nginx's log makes of an error, unless it says by itself what was wrong. */
function startFailure(
  error: unknown,
  log: string | undefined,
  prepared: PreparedFolder | undefined,
  { conf }: RuntimeOptions,
  { description }: Installation,
): unknown {
  if (error instanceof RuntimeError || !prepared || log === undefined) return error
  return startError(log, { conf, description, mirror: prepared.mirror, why: (error as Error).message }, error)
}

/** Boots the user's conf with an nginx of this machine. Throws RuntimeError; a start that failed leaves nothing behind. */
export async function startLocal(options: RuntimeOptions, installation: Installation): Promise<Runtime> {
  for (let tries = 1; ; tries++) {
    try {
      return await startOnce(options, installation)
    } catch (error) {
      const isTaken = error instanceof RuntimeError && error.code === 'RUNTIME_PORT_IN_USE'
      if (!isTaken || tries === START_TRIES) throw error
    }
  }
}
