import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { type Attempt, RuntimeError } from '../../base/runtime-error.js'
import { type Installation, inspect } from './installation.js'

/** What a lookup found, and what it tried in vain before. */
export interface Lookup {
  readonly installation: Installation | null
  readonly attempts: readonly Attempt[]
}

/** Where programs are looked for. */
export interface Places {
  /** As PATH has it. */
  readonly path: string
  readonly openrestyPrefixes: readonly string[]
  readonly nginxFolders: readonly string[]
}

/** PATH and the usual places of this system. */
export function usualPlaces(env: NodeJS.ProcessEnv): Places {
  return {
    path: env.PATH ?? '',
    openrestyPrefixes: ['/usr/local/openresty', '/opt/openresty', '/usr/openresty'],
    nginxFolders: ['/usr/sbin', '/usr/local/sbin', '/usr/local/nginx/sbin', '/usr/bin'],
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    // absent, no right to run it, or a folder: all mean that it is no candidate
    return false
  }
}

function onPath(name: string, path: string): readonly string[] {
  return path
    .split(delimiter)
    .filter(Boolean)
    .map((folder) => join(folder, name))
}

async function firstOf(what: string, candidates: readonly string[], where: string): Promise<Lookup> {
  const attempts: Attempt[] = []
  for (const binary of new Set(candidates.filter(isExecutable))) {
    const inspected = await inspect(binary)
    if (inspected.ok) return { installation: inspected.installation, attempts }
    attempts.push({ tried: `${what} ${binary}`, reason: inspected.reason })
  }
  if (attempts.length > 0) return { installation: null, attempts }
  return { installation: null, attempts: [{ tried: what, reason: `not found ${where}` }] }
}

/** An installed OpenResty, or else an installed nginx that has the Lua module. */
export async function findInstalled({ path, openrestyPrefixes, nginxFolders }: Places): Promise<Lookup> {
  const openresty = await firstOf(
    'openresty',
    [
      ...onPath('openresty', path),
      ...openrestyPrefixes.flatMap((prefix) => [`${prefix}/bin/openresty`, `${prefix}/nginx/sbin/nginx`]),
    ],
    `on PATH or in ${openrestyPrefixes.join(', ')}`,
  )
  if (openresty.installation) return openresty
  const nginx = await firstOf(
    'nginx with the Lua module',
    [...onPath('nginx', path), ...nginxFolders.map((folder) => join(folder, 'nginx'))],
    `on PATH or in ${nginxFolders.join(', ')}`,
  )
  return { ...nginx, attempts: [...openresty.attempts, ...nginx.attempts] }
}

/** The executable that the user named; a bare name is looked up on PATH. Throws RuntimeError `RUNTIME_NO_OPENRESTY` or `RUNTIME_NO_LUA`. */
export async function inspectExplicit(name: string, path: string): Promise<Installation> {
  const binary = (name.includes('/') ? [name] : onPath(name, path)).find(isExecutable)
  if (!binary) {
    const problem = name.includes('/') ? 'does not exist or cannot be executed' : 'is not on PATH'
    throw new RuntimeError(
      'RUNTIME_NO_OPENRESTY',
      `openresty: ${name} ${problem}. Name an nginx or openresty executable, or leave the option out.`,
    )
  }
  const inspected = await inspect(binary)
  if (inspected.ok) return inspected.installation
  const code = inspected.kind === 'no-lua' ? 'RUNTIME_NO_LUA' : 'RUNTIME_NO_OPENRESTY'
  throw new RuntimeError(code, `openresty: ${binary} cannot be used: ${inspected.reason}.`)
}
