import { readdirSync } from 'node:fs'
import type { NginxBuild } from '../../conf/target.js'

/** Builds of lua-nginx-module that are part of the executable. */
const STATIC_LUA = /--add-module=\S*(?:ngx_lua|lua-nginx-module|http-lua)/

/** `nginx -V`, which is written to stderr, without its modules; null if the text comes from something else. */
export function parseNginxVersion(
  text: string,
): (Omit<NginxBuild, 'modules'> & { readonly isOpenresty: boolean }) | null {
  const [, product, version] = /^nginx version: (\w+)\/(\S+)/m.exec(text) ?? []
  if (!product || !version) return null
  const configure = /^configure arguments: ?(.*)$/m.exec(text)?.[1] ?? ''
  const prefix = /--prefix=(\S+)/.exec(configure)?.[1] ?? '/usr/local/nginx'
  const modulesPath = /--modules-path=(\S+)/.exec(configure)?.[1] ?? `${prefix}/modules`
  return { version, configure, modulesPath, isOpenresty: product === 'openresty' }
}

/** True where the executable or one of its dynamic modules runs Lua in http. */
export function hasLua(build: NginxBuild, isOpenresty: boolean): boolean {
  return isOpenresty || STATIC_LUA.test(build.configure) || build.modules.includes('ngx_http_lua_module.so')
}

/** True where nginx takes `-e FILE` (since 1.19.5), without which it complains of an error log it may not open. */
export function takesErrorLogOption({ version }: NginxBuild): boolean {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number)
  return major > 1 || (major === 1 && (minor > 19 || (minor === 19 && patch >= 5)))
}

/** nginx's arguments for a prepared conf. */
export function nginxArguments(
  build: NginxBuild,
  { prefix, conf, globals }: { readonly prefix: string; readonly conf: string; readonly globals: string },
): readonly string[] {
  const errorLog = takesErrorLogOption(build) ? ['-e', 'stderr'] : []
  const extra = globals ? ['-g', globals] : []
  return ['-p', `${prefix}/`, '-c', conf, ...errorLog, ...extra]
}

/** Names in a modules folder; none where it is absent. */
export function listModules(folder: string): readonly string[] {
  try {
    return readdirSync(folder).filter((name) => name.endsWith('.so'))
  } catch {
    // most builds of OpenResty name a folder that was never made
    return []
  }
}
