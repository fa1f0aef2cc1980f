import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { download, step, unpackError } from './apt.js'
import { type Installation, inspect } from './installation.js'
import { relocation } from './relocation.js'

/** Changes whenever the contents of an unpacked folder do. */
const LAYOUT = 1
const WORK_PREFIX = 'unpacking-'
const ABANDONED_MS = 3_600_000
function cacheFolder(env: NodeJS.ProcessEnv): string {
  return join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'vitest-openresty-leak')
}

/** `debian-12-amd64`: packages of another system do not fit this one. */
async function systemName(cwd: string): Promise<string> {
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '')
  const field = (name: string) => new RegExp(`^${name}="?([^"\n]+)`, 'm').exec(release)?.[1] ?? 'unknown'
  const arch = (await step('dpkg', ['--print-architecture'], cwd, {})).trim()
  return `${field('ID')}-${field('VERSION_ID')}-${arch}`
}

async function inspectUnpacked(root: string) {
  return inspect(join(root, 'usr/sbin/nginx'), await relocation(root))
}

/** Removes what a process that was killed in the middle left behind. */
async function sweep(cache: string): Promise<void> {
  for (const name of await readdir(cache)) {
    if (!name.startsWith(WORK_PREFIX)) continue
    const path = join(cache, name)
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Date.now() }))
    if (Date.now() - mtimeMs > ABANDONED_MS) await rm(path, { recursive: true, force: true })
  }
}

/** Moves `fresh` to `root` unless a good one was put there meanwhile; one that stopped working makes room. */
async function install(fresh: string, root: string, broken: string): Promise<void> {
  const place = () =>
    rename(fresh, root).then(
      () => true,
      (cause: NodeJS.ErrnoException) => {
        if (cause.code !== 'ENOTEMPTY' && cause.code !== 'EEXIST') throw cause
        return false
      },
    )
  if ((await place()) || (await inspectUnpacked(root)).ok) return
  // another process may do the same: then its rename wins here, and its root there
  await rename(root, broken).catch(() => {})
  await place()
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
  const before = await inspectUnpacked(root)
  if (before.ok) return before.installation

  await sweep(cache)
  const work = await mkdtemp(join(cache, WORK_PREFIX))
  try {
    const fresh = join(work, 'root')
    await download(work, fresh)
    const inspected = await inspectUnpacked(fresh)
    if (!inspected.ok) throw unpackError(`the unpacked nginx cannot be used: ${inspected.reason}`)
    await install(fresh, root, join(work, 'broken'))
  } finally {
    await rm(work, { recursive: true, force: true })
  }
  const after = await inspectUnpacked(root)
  if (after.ok) return after.installation
  throw unpackError(`the unpacked nginx in ${root} cannot be used: ${after.reason}`)
}
