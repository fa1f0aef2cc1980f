import { mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { makeTempFolder } from '../../base/temp-folder.js'
import { type ConfTree, readConfTree } from '../../conf/conf-tree.js'
import { glob } from '../../conf/glob.js'
import { findListens, portsOf } from '../../conf/listen.js'
import { layOutMirror, layOutPrefix, listFolder, writeMirror } from '../../conf/mirror.js'
import { PRELUDE } from '../../conf/prelude.js'
import { type PreparedConf, prepareConf } from '../../conf/prepare.js'
import { chooseSockets, socketsOf, whyNoSocketHere } from '../../conf/sockets.js'
import type { Target } from '../../conf/target.js'
import type { RuntimeOptions } from '../../types/runtime.js'
import type { Installation } from '../install/installation.js'
import { BOOT_DEFAULTS } from '../start/boot-defaults.js'
import { checkPrepare, OWN_PREFIX, type WithConf, withGeneratedConf } from '../start/generated-conf.js'
import { choosePorts } from './ports.js'
import { workerUser } from './target-here.js'

const THIS_MACHINE = { read: (path: string) => readFileSync(path, 'utf8'), glob }

/** The conf with all that it includes, as it lies on this machine. Throws RuntimeError as `readConfTree` does. */
export function readConfHere({ conf, prefix, replace }: Pick<RuntimeOptions, 'conf' | 'prefix' | 'replace'>): ConfTree {
  return readConfTree(conf, { prefix, replace }, THIS_MACHINE)
}

/**
 * Has the conf looked at, made anew where `prepare` makes it, before any server of it is started.
 * @throws RuntimeError as `readConfTree` does, or where the conf cannot be made
 */
export async function lookAtConf<T>(options: RuntimeOptions, look: (tree: ConfTree) => Promise<T>): Promise<T> {
  checkPrepare(options)
  if (options.prepare === undefined) return look(readConfHere(options))
  const temp = makeTempFolder({ keep: false })
  try {
    return await look(readConfHere(await withGeneratedConf(options, join(temp.path, OWN_PREFIX))))
  } finally {
    await temp.remove()
  }
}

/** A conf that lies ready in a folder of ours. */
export interface PreparedFolder extends PreparedConf {
  readonly folder: string
  /** Where the patched files are, by original absolute path below it. */
  readonly mirror: string
  /** The prefix as logs and snapshots tell it. */
  readonly toldPrefix: string
  /** Unix sockets that nginx makes outside of `folder`, where nothing was before. */
  readonly ownSockets: readonly string[]
}

/** Reads the user's conf, chooses ports, and writes what nginx is to be started with below `folder`. */
export async function prepareHere(
  options: WithConf,
  installation: Installation,
  folder: string,
): Promise<PreparedFolder> {
  const tree = readConfHere(options)
  const listens = findListens(tree)
  const { ports, reasons } = await choosePorts(portsOf(listens))
  const paths = socketsOf(listens)
  const copy = { folder: join(folder, OWN_PREFIX), within: (path: string) => within(tree.prefix, resolve(path)) }
  const { sockets, reasons: socketReasons } = await chooseSockets(paths, folder, whyNoSocketHere, copy)
  const mirror = join(folder, 'mirror')
  const target: Target = {
    build: installation.build,
    user: workerUser(),
    tempDir: folder,
    mirror,
    bind: '127.0.0.1',
    ports,
    portReasons: reasons,
    sockets,
    socketReasons,
    workers: options.workers ?? BOOT_DEFAULTS.workers,
    luaPath: installation.luaPath,
    luaCpath: installation.luaCpath,
    ...(options.prelude !== undefined && { prelude: join(folder, PRELUDE), preludeFrom: options.preludeFrom }),
  }
  const prepared = prepareConf(tree, target)
  mkdirSync(mirror, { recursive: true })
  if (options.prelude !== undefined) writeFileSync(join(folder, PRELUDE), options.prelude)
  writeMirror(layOutMirror(mirror, tree, prepared, listFolder))
  const copied = [...sockets.values()].filter((path) => path.startsWith(`${copy.folder}/`))
  if (copied.length > 0) writeMirror(layOutPrefix(copy.folder, tree.prefix, copied, listFolder))
  return {
    ...prepared,
    ...(copied.length > 0 && { prefix: copy.folder }),
    folder,
    mirror,
    toldPrefix: options.toldPrefix ?? tree.prefix,
    ownSockets: paths.filter((path) => !sockets.has(path)).map((path) => resolve(path)),
  }
}

/** A path as one from the prefix, which may be a link, as the sides of a comparison are; undefined outside of it. */
function within(prefix: string, path: string): string | undefined {
  const root = [prefix, realpathSync(prefix)].find((folder) => path.startsWith(`${folder}/`))
  return root && relative(root, path)
}
