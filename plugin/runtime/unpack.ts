import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { debugLog } from '../debug.js'
import { run } from '../spawn.js'
import { RuntimeError } from './error.js'
import { type Installation, inspect, type Relocation } from './installation.js'

const log = debugLog('unpack')

/** Changes whenever the contents of an unpacked folder do. */
const LAYOUT = 1
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
const STEP_TIMEOUT_MS = 120_000

function cacheFolder(env: NodeJS.ProcessEnv): string {
  return join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'vitest-openresty-leak')
}

function unpackError(reason: string, cause?: unknown): RuntimeError {
  return new RuntimeError('RUNTIME_NO_OPENRESTY', reason, { cause })
}

/** One step; its output if it worked. */
async function step(
  command: string,
  args: readonly string[],
  cwd: string,
  env: Record<string, string>,
): Promise<string> {
  const { exitCode, stdout, stderr, failure } = await run(command, args, { cwd, env, timeoutMs: STEP_TIMEOUT_MS })
  if (exitCode === 0) return stdout
  const said = stderr.trim().split('\n').slice(-3).join(' ') || failure || `ended with code ${exitCode}`
  throw unpackError(`${[command, ...args.slice(0, 1)].join(' ')} failed: ${said}`)
}

/** `debian-12-amd64`: packages of another system do not fit this one. */
async function systemName(cwd: string): Promise<string> {
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '')
  const field = (name: string) => new RegExp(`^${name}="?([^"\n]+)`, 'm').exec(release)?.[1] ?? 'unknown'
  const arch = (await step('dpkg', ['--print-architecture'], cwd, {})).trim()
  return `${field('ID')}-${field('VERSION_ID')}-${arch}`
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

async function download(folder: string, root: string): Promise<void> {
  const env = await aptEnvironment(folder)
  // a third-party source that fails must not matter; what does shows in the next step
  const update = await run('apt-get', ['update', '-q'], { env, timeoutMs: STEP_TIMEOUT_MS })
  if (update.failure) throw unpackError(update.failure)
  log('apt-get update ended with %d', update.exitCode)
  const known = new Set((await step('apt-cache', ['pkgnames'], folder, env)).split('\n'))
  const missing = REQUIRED.filter((name) => !known.has(name))
  if (missing.length > 0) {
    const why = update.stderr.trim().split('\n').slice(-2).join(' ')
    throw unpackError(`apt knows no package ${missing.join(', ')}${why ? ` (apt-get update: ${why})` : ''}`)
  }
  const packages = [...REQUIRED, ...WANTED.filter((name) => known.has(name))]
  // reinstall: of what is installed already a copy is needed here too
  const listing = await step(
    'apt-get',
    ['install', '-y', '--no-install-recommends', '--reinstall', '--print-uris', '-q', ...packages],
    folder,
    env,
  )
  const files = join(folder, 'debs')
  await step('apt-get', ['download', '-q', ...namesOf(listing)], files, env)
  await mkdir(root)
  for (const name of await readdir(files)) await step('dpkg', ['-x', join(files, name), root], folder, {})
}

/** How to run what lies in an unpacked root. */
async function relocation(root: string): Promise<Relocation> {
  const libraries: string[] = []
  for (const parent of ['usr/lib', 'lib']) {
    for (const name of await readdir(join(root, parent)).catch(() => [])) {
      if (/^\w+-linux-gnu/.test(name)) libraries.push(join(root, parent, name))
    }
  }
  const share = join(root, 'usr/share/lua/5.1')
  const luaPath = `${share}/?.lua;${share}/?/init.lua`
  const luaCpath = libraries.map((folder) => `${folder}/lua/5.1/?.so`).join(';')
  return {
    root,
    luaPath,
    luaCpath,
    env: {
      LD_LIBRARY_PATH: [...libraries, process.env.LD_LIBRARY_PATH ?? ''].filter(Boolean).join(':'),
      // what LuaJIT starts from, and what `;;` in lua_package_path stands for
      LUA_PATH: `${luaPath};${process.env.LUA_PATH || ';'}`,
      LUA_CPATH: `${luaCpath};${process.env.LUA_CPATH || ';'}`,
    },
  }
}

async function unpacked(root: string) {
  return inspect(join(root, 'usr/sbin/nginx'), await relocation(root))
}

/**
 * The distribution's own nginx with Lua, unpacked into the user's cache without root; made at the first call, then used again.
 * Several processes may do this at once: a root appears whole or not at all. Throws RuntimeError `RUNTIME_NO_OPENRESTY`.
 */
export async function unpackDistribution(env: NodeJS.ProcessEnv = process.env): Promise<Installation> {
  const cache = cacheFolder(env)
  await mkdir(cache, { recursive: true }).catch((cause: Error) => {
    throw unpackError(`cannot make the cache folder ${cache}: ${cause.message}`, cause)
  })
  const root = join(cache, `${await systemName(cache)}-${LAYOUT}`)
  const before = await unpacked(root)
  if (before.ok) return before.installation

  const work = await mkdtemp(join(cache, 'unpacking-'))
  try {
    const fresh = join(work, 'root')
    await download(work, fresh)
    const inspected = await unpacked(fresh)
    if (!inspected.ok) throw unpackError(`the unpacked nginx cannot be used: ${inspected.reason}`)
    // a root that stopped working (a library of the system went away) makes room; a good one, made meanwhile, stays
    if (!(await unpacked(root)).ok) {
      await rename(root, join(work, 'broken')).catch(() => {})
      await rename(fresh, root).catch((cause: NodeJS.ErrnoException) => {
        if (cause.code !== 'ENOTEMPTY' && cause.code !== 'EEXIST') throw cause
      })
    }
  } finally {
    await rm(work, { recursive: true, force: true })
  }
  const after = await unpacked(root)
  if (after.ok) return after.installation
  throw unpackError(`the unpacked nginx in ${root} cannot be used: ${after.reason}`)
}
