import { closeSync, createReadStream, openSync, rmSync } from 'node:fs'
import { rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { debugLog } from '../../base/debug.js'
import { RuntimeError } from '../../base/runtime-error.js'
import { makeTempFolder, type TempFolder } from '../../base/temp-folder.js'
import { waitUntil } from '../../base/wait.js'
import { ResidentWalker } from '../../heapwalk/walker.js'
import type { LogComplaints } from '../../types/log.js'
import type { ConfServer, OtherProcess, Runtime, RuntimeOptions, Worker } from '../../types/runtime.js'
import type { NginxCounters, Snapshot } from '../../types/snapshot.js'
import type { Installation } from '../install/installation.js'
import { nginxArguments } from '../install/nginx-build.js'
import { seriousEntries } from '../log/error-log.js'
import { LogFile } from '../log/log-file.js'
import { withoutFolder } from '../log/log-tally.js'
import { answers } from '../start/answers.js'
import { keptError } from '../start/kept-error.js'
import { endpointFor, firstEndpoint, originOf } from '../start/origin.js'
import { hasStartingChild, othersOf, workersOf } from '../start/processes.js'
import { startError } from '../start/start-error.js'
import { LONGER_START, startTimeoutMs } from '../start/start-timeout.js'
import { nginxEnv } from './nginx-env.js'
import { type PreparedFolder, prepareHere } from './prepare-here.js'

const log = debugLog('local')

const LOG_NAME = 'error.log'
/** A port that was free a moment ago may be taken by the time nginx binds it. */
const START_TRIES = 3

/** An nginx on this machine, below heapwalk. */
class LocalRuntime implements Runtime {
  readonly kind = 'local'
  readonly description: string
  readonly prefix: string
  readonly url: string
  readonly notices: readonly string[]
  readonly doubts: readonly string[]
  readonly servers: readonly ConfServer[]
  readonly #temp: TempFolder
  readonly #prepared: PreparedFolder
  readonly #walker: ResidentWalker
  readonly #log: LogFile
  readonly #startTimeoutMs: number
  #disposing: Promise<void> | undefined

  constructor(
    installation: Installation,
    temp: TempFolder,
    prepared: PreparedFolder,
    walker: ResidentWalker,
    notices: readonly string[],
    startTimeoutMs: number,
  ) {
    this.#startTimeoutMs = startTimeoutMs
    const first = firstEndpoint(prepared.endpoints)
    this.description = installation.description
    this.prefix = prepared.prefix
    this.url = originOf(first, first.port)
    this.notices = notices
    this.doubts = prepared.doubts
    this.servers = prepared.servers
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

  async others(): Promise<readonly OtherProcess[]> {
    this.#assertRunning()
    return othersOf(this.#walker.nginxPid)
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
    const said = await logLength(this.#prepared)
    process.kill(this.#walker.nginxPid, 'SIGHUP')
    // what the master itself complains of: [emerg], or an [error] of init_by_lua
    const complaint = new RegExp(String.raw`\[emerg\]|\[error\] ${this.#walker.nginxPid}#`)
    const renewed = await waitUntil(
      async () => {
        const entries = seriousEntries(await readLog(this.#prepared, said))
        if (complaint.test(entries)) {
          throw new RuntimeError(
            'RUNTIME_RELOAD_FAILED',
            `nginx keeps its old workers, since it rejects the conf at a reload:\n${entries}`,
          )
        }
        const now = await this.workers()
        return now.length >= before.length && now.every(({ pid }) => !old.has(pid))
      },
      { timeoutMs: this.#startTimeoutMs },
    )
    if (!renewed) {
      throw new RuntimeError(
        'RUNTIME_RELOAD_FAILED',
        `nginx had no new workers ${this.#startTimeoutMs / 1000} s after a reload. Where it needs longer: ${LONGER_START}.`,
      )
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#disposing ??= stop(this.#walker, this.#temp, this.#prepared)
    return this.#disposing
  }

  #assertRunning(): void {
    const { ended } = this.#walker
    if (!ended) return
    throw new RuntimeError('RUNTIME_STOPPED', `nginx is not running any more: ${ended.message}.`, { cause: ended })
  }
}

type LogPlace = Pick<PreparedFolder, 'folder' | 'mirror'>

/** @param from bytes to leave out */
async function readLog({ folder, mirror }: LogPlace, from = 0): Promise<string> {
  const text: string[] = []
  const stream = createReadStream(join(folder, LOG_NAME), { start: from, encoding: 'utf8' })
  for await (const chunk of stream) text.push(chunk)
  return text.join('').replaceAll(mirror, '')
}

async function logLength({ folder }: LogPlace): Promise<number> {
  return (await stat(join(folder, LOG_NAME))).size
}

async function stop(
  walker: ResidentWalker | undefined,
  temp: TempFolder,
  prepared: PreparedFolder | undefined,
): Promise<void> {
  try {
    await walker?.quit()
  } finally {
    // nginx removes its sockets, unless it was killed
    await Promise.all((prepared?.ownSockets ?? []).map((path) => rm(path, { force: true })))
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
      env: nginxEnv(installation.env, options.env),
    })
  } finally {
    closeSync(logFd)
  }
}

/** Waits until all workers are there and the first port answers. */
async function awaitUp(walker: ResidentWalker, prepared: PreparedFolder, options: RuntimeOptions): Promise<void> {
  const { workers = 1, signal } = options
  const timeoutMs = startTimeoutMs(options)
  const { port } = firstEndpoint(prepared.endpoints)
  const wanted = workers === 'conf' ? 1 : workers
  const up = await waitUntil(
    async () => {
      if (walker.ended) throw walker.ended
      const master = walker.nginxPid
      return workersOf(master).length >= wanted && !hasStartingChild(master) && (await answers(port))
    },
    { timeoutMs, signal },
  )
  if (up) return
  const entries = seriousEntries(await readLog(prepared)) || '(its error log has no errors)'
  throw new RuntimeError(
    'RUNTIME_START_TIMEOUT',
    `nginx had not all of its workers up, or did not answer on port ${port}, within ${timeoutMs / 1000} s:\n${entries}\nWhere it needs longer: ${LONGER_START}.`,
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
    return new LocalRuntime(
      installation,
      temp,
      prepared,
      walker,
      [...prepared.notices, ...kept],
      startTimeoutMs(options),
    )
  } catch (error) {
    const text = prepared && (await readLog(prepared).catch(() => ''))
    await stop(walker, temp, prepared)
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
  { conf, env }: RuntimeOptions,
  { description }: Installation,
): unknown {
  if (error instanceof RuntimeError || !prepared || log === undefined) return error
  return startError(
    log,
    {
      conf,
      description,
      mirror: prepared.mirror,
      lacks: prepared.lacks,
      confs: prepared.files.map(({ text }) => text),
      env: { ...process.env, ...env },
      why: (error as Error).message,
    },
    error,
  )
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
