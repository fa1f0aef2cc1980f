import { readFileSync } from 'node:fs'
import { dirname, isAbsolute, join, resolve } from 'node:path/posix'
import { pathHere } from '../../base/container-path.js'
import {
  type ConfSource,
  type ConfTree,
  defaultPrefix,
  directivesOf,
  includePath,
  readConfTree,
} from '../../conf/conf-tree.js'
import { glob, isGlob, namesIn } from '../../conf/glob.js'
import { namedFiles } from '../../conf/named-file.js'
import { type PreparedConf, prepareConf } from '../../conf/prepare.js'
import type { SocketChoice } from '../../conf/sockets.js'
import type { RuntimeOptions } from '../../types/runtime.js'
import { BOOT_DEFAULTS } from '../start/boot-defaults.js'
import type { ImageFacts } from './container-probe.js'

/** Folders that belong to the image: an absolute path into them means its files, not this machine's. */
const imageFolders = ['/etc/', '/usr/', '/opt/']

/** What the conf is, by the paths that the container has: absolute ones. */
export type ConfInside = Pick<RuntimeOptions, 'conf' | 'prefix' | 'replace'>

/** Reads the conf as it will be seen inside the container. Throws a RuntimeError. */
export function readContainerConf(options: ConfInside): ConfTree {
  const isOurs = belongsHere(options)
  const source: ConfSource = {
    read(path) {
      const here = isOurs(path) ? pathHere(path) : null
      if (here === null) throw new Error(`${path} is the image's`)
      return readFileSync(here, 'utf8')
    },
    glob: (pattern) => glob(pattern, namesInCopy).filter(isOurs),
  }
  return readConfTree(options.conf, { prefix: options.prefix, replace: options.replace }, source)
}

/** Whether an absolute path means a file of this machine, not one of the image. */
function belongsHere(options: ConfInside): (path: string) => boolean {
  const own = foldersOf(options)
  return (path) =>
    own.some((folder) => path.startsWith(`${folder}/`)) || !imageFolders.some((folder) => path.startsWith(folder))
}

/** Certificates and the like that the conf names and that lie beside the folders it needs. */
export function filesBeside(tree: ConfTree, options: ConfInside): readonly string[] {
  const folders = foldersOf(options)
  const isCopied = (path: string) => folders.some((folder) => path.startsWith(`${folder}/`))
  return namedFiles(tree).filter((path) => belongsHere(options)(path) && !isCopied(path))
}

function namesInCopy(folder: string): readonly string[] {
  const here = pathHere(folder)
  return here === null ? [] : namesIn(here)
}

/** The folders that the conf needs in the container: its prefix, and its own folder where that lies elsewhere. */
export function foldersOf(options: ConfInside): readonly string[] {
  const prefix = resolve(options.prefix ?? defaultPrefix(options.conf))
  const folder = dirname(options.conf)
  return `${folder}/`.startsWith(`${prefix}/`) ? [prefix] : [prefix, folder]
}

/**
 * The conf as it runs in the container: patched files lie where the originals do, since the folders there are copies,
 * and ports stay as they are, since the container has them all to itself; they bind to every address because published
 * ports come in on another than loopback.
 */
export function prepareContainerConf(
  tree: ConfTree,
  facts: ImageFacts,
  tempDir: string,
  {
    workers = BOOT_DEFAULTS.workers,
    prelude,
    preludeFrom,
    relays = new Map(),
  }: {
    readonly workers?: RuntimeOptions['workers']
    readonly prelude?: string
    readonly preludeFrom?: RuntimeOptions['preludeFrom'] | undefined
    readonly relays?: ReadonlyMap<string, number>
  },
  { sockets, reasons }: SocketChoice = { sockets: new Map(), reasons: new Map() },
): PreparedConf {
  return prepareConf(tree, {
    build: facts.build,
    user: facts.uid === 0 ? workerUser(tree, facts) : null,
    tempDir,
    mirror: '',
    bind: '0.0.0.0',
    ports: new Map(),
    sockets,
    socketReasons: reasons,
    relays,
    workers,
    prelude,
    preludeFrom,
  })
}

/**
 * Includes that lie beside the image's own conf and not beside the user's, mime.types first of all: people mount their nginx.conf over the image's.
 * `from` may not exist in the image either.
 */
export function includesOfImage(tree: ConfTree, { build }: ImageFacts): readonly { from: string; to: string }[] {
  const [main] = tree.files
  const prefix = /--prefix=(\S+)/.exec(build.configure)?.[1] ?? '/usr/local/nginx'
  const imageConf = /--conf-path=(\S+)/.exec(build.configure)?.[1] ?? `${prefix}/conf/nginx.conf`
  return [...directivesOf(tree)]
    .flatMap(({ directive }) => (directive.name === 'include' ? directive.args.slice(0, 1) : []))
    .filter(({ text }) => !isAbsolute(text) && !isGlob(text))
    .map(({ text }) => ({ from: join(dirname(imageConf), text), to: includePath(main.path, text) }))
    .filter(({ to }) => tree.files.every(({ path }) => path !== to))
}

/** The conf's own `user` where the image has it, else the one its build or its distribution means for the workers. */
function workerUser(tree: ConfTree, { users, build }: ImageFacts): { name: string; group: string } | null {
  const own = [...directivesOf(tree)].find(
    ({ directive, context }) => directive.name === 'user' && context.length === 0,
  )
  const built = /--user=(\S+)/.exec(build.configure)?.[1]
  const name = [own?.directive.args[0]?.text, built, 'www-data', 'nginx', 'nobody', 'root'].find(
    (candidate) => candidate !== undefined && users.has(candidate),
  )
  return name === undefined ? null : { name, group: users.get(name)! }
}
