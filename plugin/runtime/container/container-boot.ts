import { join, resolve } from 'node:path'
import { answers } from '../../base/answers.js'
import { containerPath, pathHere } from '../../base/container-path.js'
import { debugLog } from '../../base/debug.js'
import { RuntimeError } from '../../base/runtime-error.js'
import { makeTempFolder, type TempFolder } from '../../base/temp-folder.js'
import { waitUntil } from '../../base/wait.js'
import type { ConfTree } from '../../conf/conf-tree.js'
import { findListens, portsOf } from '../../conf/listen.js'
import { PRELUDE } from '../../conf/prelude.js'
import type { PreparedConf } from '../../conf/prepare.js'
import { chooseSockets, relaysFor, socketsOf } from '../../conf/sockets.js'
import { ContainerNginx } from '../../heapwalk/container-nginx.js'
import { walkerPath } from '../../heapwalk/walker-path.js'
import type { ContainerEngine, ContainerFile, EngineContainer } from '../../types/container-engine.js'
import type { Address } from '../../types/place.js'
import type { Runtime, RuntimeOptions } from '../../types/runtime.js'
import { nginxArguments } from '../install/nginx-build.js'
import { BOOT_DEFAULTS } from '../start/boot-defaults.js'
import { OWN_PREFIX, type WithConf, withGeneratedConf } from '../start/generated-conf.js'
import { keptError, keptNotice } from '../start/kept-error.js'
import { firstPlace, listensOf, placesOf } from '../start/origin.js'
import { startError } from '../start/start-error.js'
import { LONGER_START, startTimeoutMs } from '../start/start-timeout.js'
import {
  type ConfInside,
  filesBeside,
  foldersOf,
  includesOfImage,
  prepareContainerConf,
  readContainerConf,
} from './container-conf.js'
import { filesToCopy } from './container-files.js'
import { type ChosenImage, chooseImage } from './container-image.js'
import { KeptFiles } from './container-keep.js'
import { openPrefix } from './container-prefix.js'
import { parseProbe, probeScript } from './container-probe.js'
import { ContainerRuntime } from './container-runtime.js'
import { whyNoSocketIn } from './container-sockets.js'
import { elsewhereNotice } from './engine-host.js'

const log = debugLog('container')

/** Ours inside the container: the walker and the start script. */
const home = '/openresty-leak'
const heapwalk = `${home}/heapwalk`
const preludePath = `${home}/${PRELUDE}`
/** Writable by nginx, gone with the container. */
const scratchDir = '/run/openresty-leak'
const reachTimeoutMs = 3_000

/**
 * Waits until nginx may start, then becomes it. When this end of stdin is closed, because Node has ended in whatever way, nginx is told to stop:
 * with it the container ends, and the engine removes it.
 */
const heldScript = `
exec 3<&0
read -r go || exit 0
(cat <&3 >/dev/null; kill -TERM 1) &
exec 3<&-
. ${home}/start
`

/** Boots the user's conf in a container of `engine`. Throws a RuntimeError or the signal's reason, and leaves no container behind. */
export async function bootContainer(engine: ContainerEngine, options: RuntimeOptions): Promise<Runtime> {
  if (options.prepare === undefined) return bootConf(engine, options, null)
  const temp = makeTempFolder({ keep: options.keep ?? false })
  try {
    return await bootConf(engine, await withGeneratedConf(options, join(temp.path, OWN_PREFIX)), temp)
  } catch (error) {
    await temp.remove()
    throw error
  }
}

/** @param temp where the conf was made, if it was */
async function bootConf(engine: ContainerEngine, options: WithConf, temp: TempFolder | null): Promise<Runtime> {
  const { signal } = options
  const { conf, prefix, replace } = options
  const inside: ConfInside = {
    conf: containerPath(resolve(conf)),
    ...(prefix !== undefined && { prefix: containerPath(resolve(prefix)) }),
    replace,
  }
  const tree = readContainerConf(inside)
  const listens = findListens(tree)
  const relays = relaysFor(listens)
  const chosen = await unlessAborted(signal, () => chooseImage(engine, options))
  const container = await startHeld(engine, {
    image: chosen.image,
    ports: [...portsOf(listens), ...relays.values()],
    env: options.env ?? {},
    files: [
      ...(await filesToCopy(
        foldersOf(inside).map((folder) => pathHere(folder)!),
        filesBeside(tree, inside).flatMap((file) => pathHere(file) ?? []),
      )),
      { source: walkerPath(nodeArch(await engine.architecture(chosen.image))), target: heapwalk, mode: 0o755 },
    ],
    script: heldScript,
    scratchDir,
  })
  try {
    return await unlessAborted(signal, () => startNginx(container, chosen, { tree, relays, temp }, options))
  } catch (error) {
    await container[Symbol.asyncDispose]()
    throw error
  }
}

/** The error for an nginx that did not come up, from what it said. */
type Failed = (log: string, why: string) => RuntimeError

function failedStart(
  prepared: PreparedConf,
  {
    kept,
    ...of
  }: Pick<RuntimeOptions, 'conf'> & {
    readonly description: string
    readonly kept: KeptFiles | null
    readonly confs: readonly string[]
    readonly envNames: ReadonlySet<string>
  },
): Failed {
  return (log, why) => {
    const error = startError(log, { ...of, mirror: '', why, lacks: prepared.lacks })
    kept?.errorLog(log)
    return kept ? keptError(error, kept.folder) : error
  }
}

/** The conf, the prelude, and what the waiting script goes on with. */
function filesOfStart(
  { files }: PreparedConf,
  command: readonly string[],
  { prelude }: RuntimeOptions,
): readonly ContainerFile[] {
  const texts = [
    ...files.map(({ path, text }) => [path, text] as const),
    ...(prelude === undefined ? [] : [[preludePath, prelude] as const]),
    [`${home}/start`, `exec ${command.map(quoteForShell).join(' ')} </dev/null\n`] as const,
  ]
  return texts.map(([target, content]) => ({ target, content, mode: 0o644 }))
}

/** Has nginx test its conf before it starts: a master that ends at once tells less. */
async function testConf(container: EngineContainer, command: readonly string[], failed: Failed): Promise<void> {
  const { exitCode, stdout, stderr } = await container.exec([...command, '-t'])
  if (exitCode !== 0) throw failed(stderr || stdout, 'nginx -t fails')
}

/** From a container that waits to one that serves. */
async function startNginx(
  container: EngineContainer,
  { image, notices }: ChosenImage,
  {
    tree,
    relays,
    temp,
  }: { readonly tree: ConfTree; readonly relays: ReadonlyMap<string, number>; readonly temp: TempFolder | null },
  options: WithConf,
): Promise<Runtime> {
  const probe = await container.exec(['/bin/sh', '-c', probeScript])
  const facts = parseProbe(image, probe.stdout)
  if (temp !== null && options.prefix !== undefined) await openPrefix(container, options.prefix)
  const description = `${facts.product}, ${facts.executable} in ${image}`
  const sockets = await chooseSockets(socketsOf(findListens(tree)), scratchDir, (path) =>
    whyNoSocketIn(container, path),
  )
  const how = {
    workers: options.workers,
    relays,
    ...(options.prelude !== undefined && { prelude: preludePath, preludeFrom: options.preludeFrom }),
  }
  const prepared = prepareContainerConf(tree, facts, scratchDir, how, sockets)
  const command = [facts.executable, ...nginxArguments(facts.build, prepared)]
  log('%s as uid %d: %s', description, facts.uid, command.join(' '))
  const kept = options.keep ? new KeptFiles(prepared) : null
  const readers = { confs: prepared.files.map(({ text }) => text), envNames: facts.envNames }
  const failed = failedStart(prepared, { description, kept, conf: options.conf, ...readers })
  await container.write(filesOfStart(prepared, command, options))
  await link(container, includesOfImage(tree, facts))
  await testConf(container, command, failed)
  container.send('go')
  const nginx = new ContainerNginx(container, heapwalk)
  const timeoutMs = startTimeoutMs(options)
  await awaitServing(container, { nginx, workers: options.workers, timeoutMs, failed, signal: options.signal })
  log('container %s serves, %o', container.id, prepared.endpoints)
  const places = placesOf(prepared.endpoints, (bound) => publishedAt(bound, container))
  await awaitReachable(firstPlace(places).address)

  return new ContainerRuntime({
    container,
    nginx,
    startTimeoutMs: timeoutMs,
    places,
    listens: listensOf(prepared.endpoints, (port) => container.hostPort(port)),
    description,
    prefix: prepared.prefix,
    notices: [
      ...notices,
      ...elsewhereNotice(container.host),
      ...prepared.notices,
      ...(kept ? [keptNotice(kept.folder)] : []),
    ],
    doubts: prepared.doubts,
    ...readers,
    kept,
    toldPrefix: options.toldPrefix ?? prepared.prefix,
    temp,
  })
}

async function startHeld(
  engine: ContainerEngine,
  spec: Parameters<ContainerEngine['start']>[0],
): Promise<EngineContainer> {
  try {
    return await engine.start(spec)
  } catch (cause) {
    throw new RuntimeError(
      'RUNTIME_START_FAILED',
      `cannot start a container of ${spec.image}: ${(cause as Error).message}`,
      { cause },
    )
  }
}

async function link(
  container: EngineContainer,
  links: readonly { readonly from: string; readonly to: string }[],
): Promise<void> {
  if (links.length === 0) return
  const script = 'while [ $# -gt 0 ]; do [ ! -e "$1" ] || [ -e "$2" ] || ln -s "$1" "$2"; shift 2; done'
  await container.exec(['/bin/sh', '-c', script, 'sh', ...links.flatMap(({ from, to }) => [from, to])], 0)
}

interface Serving {
  readonly nginx: ContainerNginx
  readonly workers: RuntimeOptions['workers']
  readonly timeoutMs: number
  readonly failed: Failed
  readonly signal: AbortSignal | undefined
}

/** Waits until all workers have their titles, which nginx gives them once init_worker_by_lua is through. */
async function awaitServing(
  container: EngineContainer,
  { nginx, workers = BOOT_DEFAULTS.workers, timeoutMs, failed, signal }: Serving,
): Promise<void> {
  let hasEnded = false
  void container.ended.then(() => {
    hasEnded = true
  })
  const wanted = workers === 'conf' ? 1 : workers
  const hasForked = () => /start worker process \d+/.test(container.errorOutput())
  let unreadable: unknown
  const areThrough = async () => {
    try {
      return hasForked() && (await nginx.startedWorkers()).length >= wanted
    } catch (error) {
      // a container that ends meanwhile says so in a moment, and its log says why
      unreadable = error
      return false
    }
  }
  const isUp = await waitUntil(async () => hasEnded || (await areThrough()), { timeoutMs, signal })
  if (hasEnded) throw failed(container.errorOutput(), 'it ended at once')
  if (isUp) return
  if (unreadable !== undefined) throw unreadable
  const lacks = hasForked() ? 'not all of its workers were through init_worker_by_lua' : 'it had no worker'
  throw failed(container.errorOutput(), `${lacks} within ${timeoutMs / 1000} s. Where it needs longer: ${LONGER_START}`)
}

/** Where what nginx binds in a container is reached. A socket stays inside: only other protocols than http have one without a relay. */
function publishedAt(bound: Address, container: EngineContainer): Address {
  return bound.kind === 'unix' ? bound : { kind: 'tcp', host: container.host, port: container.hostPort(bound.port) }
}

/** An engine may be behind something that lets no other port through than its own. */
async function awaitReachable(address: Address): Promise<void> {
  if (await waitUntil(() => answers(address), { timeoutMs: reachTimeoutMs })) return
  throw new RuntimeError(
    'RUNTIME_NO_ENGINE',
    `the container serves on ${address.kind === 'tcp' ? `port ${address.port} of ${address.host}` : address.path}, which is not reached from here. Let that port through, name the engine's machine as it is reached from here (TESTCONTAINERS_HOST_OVERRIDE), use an engine of this machine, or run in an OpenResty image with \`runtime: "local"\`.`,
  )
}

/** The engine's names of the CPUs that there is a walker for, as Node has them. */
function nodeArch(architecture: string): string {
  return architecture === 'amd64' ? 'x64' : architecture
}

function quoteForShell(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`
}

/** Runs a step, and stops waiting for it once `signal` is aborted. Throws the signal's reason. */
async function unlessAborted<T>(signal: AbortSignal | undefined, step: () => Promise<T>): Promise<T> {
  if (signal === undefined) return step()
  signal.throwIfAborted()
  const over = new AbortController()
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true, signal: over.signal })
  })
  try {
    return await Promise.race([step(), aborted])
  } finally {
    over.abort()
  }
}
