import { readFile } from 'node:fs/promises'
import { run } from '../../base/spawn.js'
import type { NginxBuild } from '../../conf/target.js'
import { hasLua, listModules, parseNginxVersion } from './nginx-build.js'

/** An nginx with Lua that can be started on this machine. */
export interface Installation {
  readonly binary: string
  /** `nginx 1.22.1 + ngx_http_lua_module, /usr/sbin/nginx`. */
  readonly description: string
  readonly build: NginxBuild
  /** Environment that it needs to run. */
  readonly env: Readonly<Record<string, string>>
  /** Lua search paths that it needs beyond those built in. */
  readonly luaPath?: string
  readonly luaCpath?: string
}

/** Where an installation was unpacked to, if it is not at the place it was built for. */
export interface Relocation {
  readonly root: string
  readonly env: Readonly<Record<string, string>>
  readonly luaPath: string
  readonly luaCpath: string
}

export type Inspection =
  | { readonly ok: true; readonly installation: Installation }
  | { readonly ok: false; readonly kind: 'not-nginx' | 'no-lua'; readonly reason: string }

/** Whether an executable has the module in it, in whatever folder its sources lay: it then knows the module's directives. */
async function hasLuaBuiltIn(binary: string): Promise<boolean> {
  try {
    return (await readFile(binary)).includes('content_by_lua_block')
  } catch {
    // a script that starts nginx may be executable and not readable
    return false
  }
}

/** Asks an executable what it is. */
export async function inspect(binary: string, relocation?: Relocation): Promise<Inspection> {
  const env = relocation?.env ?? {}
  const { stderr, stdout, failure } = await run(binary, ['-V'], { env, timeoutMs: 10_000 })
  const parsed = parseNginxVersion(stderr)
  if (!parsed) {
    const said = (stderr || stdout).trim().split('\n')[0]
    return {
      ok: false,
      kind: 'not-nginx',
      reason: failure ?? `is not nginx: -V does not print an nginx version${said ? `, but: ${said}` : ''}`,
    }
  }
  const { isOpenresty, ...known } = parsed
  const modulesPath = known.modulesPath && relocation ? `${relocation.root}${known.modulesPath}` : known.modulesPath
  const modules = modulesPath ? listModules(modulesPath) : []
  const build: NginxBuild = { ...known, modulesPath, modules }
  if (!hasLua(build, isOpenresty) && !(await hasLuaBuiltIn(binary))) {
    return {
      ok: false,
      kind: 'no-lua',
      reason: `nginx ${build.version} without Lua: no ngx_http_lua_module.so in ${modulesPath} (Debian and Ubuntu: libnginx-mod-http-lua)`,
    }
  }
  const what = isOpenresty ? `openresty ${build.version}` : `nginx ${build.version} + ngx_http_lua_module`
  return {
    ok: true,
    installation: {
      binary,
      description: `${what}, ${binary}`,
      build,
      env,
      ...(relocation && { luaPath: relocation.luaPath, luaCpath: relocation.luaCpath }),
    },
  }
}
