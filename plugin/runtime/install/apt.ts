import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { debugLog } from '../../base/debug.js'
import { RuntimeError } from '../../base/runtime-error.js'
import { run } from '../../base/spawn.js'

const log = debugLog('unpack')

const REQUIRED = ['nginx', 'libnginx-mod-http-lua']
/** What OpenResty brings along and a distribution may not have. */
const WANTED = [
  'lua-resty-core',
  'lua-resty-lrucache',
  'lua-cjson',
  'libnginx-mod-stream',
  'libnginx-mod-http-echo',
  'libnginx-mod-http-headers-more-filter',
]
/** Indexes that are of no use here, and larger than the one that is. */
const NOT_FETCHED = ['deb-src::Sources', 'deb::DEP-11', 'deb::Contents-deb'].flatMap((index) => [
  '-o',
  `Acquire::IndexTargets::${index}::DefaultEnabled=false`,
])
/** Images switch apt's own cache off, and then each of the steps builds it anew. */
const CACHED = ['-o', 'Dir::Cache::pkgcache=pkgcache.bin', '-o', 'Dir::Cache::srcpkgcache=srcpkgcache.bin']
const STEP_TIMEOUT_MS = 120_000

export function unpackError(reason: string, cause?: unknown): RuntimeError {
  return new RuntimeError('RUNTIME_NO_OPENRESTY', reason, { cause })
}

/** One step; its output if it worked. */
export async function step(
  command: string,
  args: readonly string[],
  cwd: string,
  env: Record<string, string>,
): Promise<string> {
  const { exitCode, stdout, stderr, failure } = await run(command, args, { cwd, env, timeoutMs: STEP_TIMEOUT_MS })
  log('%s %s ended with %o', command, args[0], exitCode ?? failure)
  if (exitCode === 0) return stdout
  const said = stderr.trim().split('\n').slice(-3).join(' ') || failure || `ended with code ${exitCode}`
  throw unpackError(`${[command, ...args.slice(0, 1)].join(' ')} failed: ${said}`)
}

/** apt with state of its own, so that it needs neither root nor the system's lock. */
async function aptEnvironment(folder: string): Promise<Record<string, string>> {
  for (const name of ['state/lists/partial', 'cache/archives/partial', 'debs']) {
    await mkdir(join(folder, name), { recursive: true })
  }
  const conf = join(folder, 'apt.conf')
  await writeFile(
    conf,
    [
      `Dir::State "${folder}/state";`,
      `Dir::State::lists "${folder}/state/lists";`,
      `Dir::Cache "${folder}/cache";`,
      'Debug::NoLocking "true";',
      'APT::Sandbox::User "";',
      'Acquire::Languages "none";',
      'Acquire::Retries "2";',
      '',
    ].join('\n'),
  )
  return { APT_CONFIG: conf, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' }
}

/** Package files of an `--print-uris` listing: `'http://...' nginx_1.22.1-9_amd64.deb 123 SHA256:...`. */
function namesOf(listing: string): readonly string[] {
  return [...listing.matchAll(/^'[^']+' ([^_\s]+)_(\S+)_[^_\s]+\.deb /gm)].map(
    ([, name, version]) => `${name}=${decodeURIComponent(version!)}`,
  )
}

/** Downloads nginx with Lua and what of its dependencies this system lacks, and unpacks it into `root`; works in `folder`. Throws RuntimeError. */
export async function download(folder: string, root: string): Promise<void> {
  const env = await aptEnvironment(folder)
  // a third-party source that fails must not matter; what does shows in the next step
  const update = await run('apt-get', ['update', '-q', ...NOT_FETCHED, ...CACHED], { env, timeoutMs: STEP_TIMEOUT_MS })
  if (update.failure) throw unpackError(update.failure)
  log('apt-get update ended with %d', update.exitCode)
  const known = new Set((await step('apt-cache', ['pkgnames', ...CACHED], folder, env)).split('\n'))
  const missing = REQUIRED.filter((name) => !known.has(name))
  if (missing.length > 0) {
    const why = update.stderr.trim().split('\n').slice(-2).join(' ')
    throw unpackError(`apt knows no package ${missing.join(', ')}${why ? ` (apt-get update: ${why})` : ''}`)
  }
  const packages = [...REQUIRED, ...WANTED.filter((name) => known.has(name))]
  // reinstall: of what is installed already a copy is needed here too
  const listing = await step(
    'apt-get',
    ['install', '-y', '--no-install-recommends', '--reinstall', '--print-uris', '-q', ...CACHED, ...packages],
    folder,
    env,
  )
  const files = join(folder, 'debs')
  await step('apt-get', ['download', '-q', ...CACHED, ...namesOf(listing)], files, env)
  await mkdir(root)
  for (const name of await readdir(files)) await step('dpkg', ['-x', join(files, name), root], folder, {})
}
