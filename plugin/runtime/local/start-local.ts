import { closeSync, openSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { answers } from '../../base/answers.js'
import { debugLog } from '../../base/debug.js'
import { RuntimeError } from '../../base/runtime-error.js'
import { makeTempFolder } from '../../base/temp-folder.js'
import { waitUntil } from '../../base/wait.js'
import { ResidentWalker } from '../../heapwalk/resident-walker.js'
import type { Runtime, RuntimeOptions } from '../../types/runtime.js'
import type { Installation } from '../install/installation.js'
import { nginxArguments } from '../install/nginx-build.js'
import { seriousEntries } from '../log/error-log.js'
import { BOOT_DEFAULTS } from '../start/boot-defaults.js'
import { OWN_PREFIX, type WithConf, withGeneratedConf } from '../start/generated-conf.js'
import { keptError, keptNotice } from '../start/kept-error.js'
import { firstPlace, placesOf } from '../start/origin.js'
import { isStarting, workersOf } from '../start/processes.js'
import { startError } from '../start/start-error.js'
import { LONGER_START, startTimeoutMs } from '../start/start-timeout.js'
import { LocalRuntime } from './local-runtime.js'
import { nginxEnv } from './nginx-env.js'
import { OwnLog } from './own-log.js'
import { type PreparedFolder, prepareHere } from './prepare-here.js'
import { stopLocal } from './stop-local.js'

const log = debugLog('local')

/** A port that was free a moment ago may be taken by the time nginx binds it. */
const START_TRIES = 3

async function launch(
  options: WithConf,
  installation: Installation,
  prepared: PreparedFolder,
): Promise<ResidentWalker> {
  const args = nginxArguments(installation.build, prepared)
  log('%s %s', installation.binary, args.join(' '))
  const logFd = openSync(new OwnLog(prepared).path, 'a')
  try {
    return await ResidentWalker.start(installation.binary, args, {
      logFd,
      folder: prepared.folder,
      ...(prepared.prefix !== prepared.toldPrefix && { told: { path: prepared.prefix, as: prepared.toldPrefix } }),
      keep: options.keep ?? false,
      env: nginxEnv(installation.env, options.env),
    })
  } finally {
    closeSync(logFd)
  }
}

/** Waits until all workers are there and the first port answers. */
async function awaitUp(walker: ResidentWalker, prepared: PreparedFolder, options: WithConf): Promise<void> {
  const { workers = BOOT_DEFAULTS.workers, signal } = options
  const timeoutMs = startTimeoutMs(options)
  const { name, address } = firstPlace(placesOf(prepared.endpoints, (bound) => bound))
  const wanted = workers === 'conf' ? 1 : workers
  const up = await waitUntil(
    async () => {
      if (walker.ended) throw walker.ended
      const master = walker.nginxPid
      return !isStarting(master) && workersOf(master).length >= wanted && (await answers(address))
    },
    { timeoutMs, signal },
  )
  if (up) return
  const entries = seriousEntries(await new OwnLog(prepared).read()) || '(its error log has no errors)'
  throw new RuntimeError(
    'RUNTIME_START_TIMEOUT',
    `nginx had not all of its workers up, or did not answer on ${name}, within ${timeoutMs / 1000} s:\n${entries}\nWhere it needs longer: ${LONGER_START}.`,
  )
}

async function startOnce(asked: RuntimeOptions, installation: Installation): Promise<Runtime> {
  const { keep = false, signal } = asked
  signal?.throwIfAborted()
  const temp = makeTempFolder({ keep })
  let walker: ResidentWalker | undefined
  let prepared: PreparedFolder | undefined
  let options: WithConf = asked
  try {
    options = await withGeneratedConf(asked, join(temp.path, OWN_PREFIX))
    prepared = await prepareHere(options, installation, temp.path)
    walker = await launch(options, installation, prepared)
    await awaitUp(walker, prepared, options)
    const kept = keep ? [keptNotice(temp.path)] : []
    log('nginx %d answers, %o', walker.nginxPid, prepared.endpoints)
    return new LocalRuntime(
      installation,
      temp,
      prepared,
      walker,
      [...prepared.notices, ...kept],
      startTimeoutMs(options),
      envNames(options),
    )
  } catch (error) {
    const text = prepared && (await new OwnLog(prepared).read().catch(() => ''))
    await stopLocal(walker, temp, prepared)
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

/** Names of the variables that nginx has. */
function envNames({ env }: Pick<RuntimeOptions, 'env'>): ReadonlySet<string> {
  return new Set(Object.keys({ ...process.env, ...env }))
}

/** What nginx's log makes of an error, unless it says by itself what was wrong. */
function startFailure(
  error: unknown,
  log: string | undefined,
  prepared: PreparedFolder | undefined,
  options: WithConf,
  { description }: Installation,
): unknown {
  if (error instanceof RuntimeError || !prepared || log === undefined) return error
  return startError(
    log,
    {
      conf: options.conf,
      description,
      mirror: prepared.mirror,
      lacks: prepared.lacks,
      confs: prepared.files.map(({ text }) => text),
      envNames: envNames(options),
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
