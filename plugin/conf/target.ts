import type { PreludePhase } from '../types/runtime.js'

/** What is known of an nginx build, from `nginx -V` and its modules folder. */
export interface NginxBuild {
  /** `1.22.1`. */
  readonly version: string
  /** The `configure arguments:` line. */
  readonly configure: string
  /** Folder of dynamic modules; null where the build has none. */
  readonly modulesPath: string | null
  /** File names in it, e.g. `ngx_http_lua_module.so`. */
  readonly modules: readonly string[]
}

/** Facts of the place where a conf is to run; all that the fix-ups depend on. Paths are those that nginx will see. */
export interface Target {
  readonly build: NginxBuild
  /** User and group of the workers where nginx starts as root; null where it does not. */
  readonly user: { readonly name: string; readonly group: string } | null
  /** Writable folder of our own: pid file, temp paths, logs. */
  readonly tempDir: string
  /** Folder under which patched files lie, each at its original absolute path. */
  readonly mirror: string
  /** Address that TCP listens bind to: `127.0.0.1`, or `0.0.0.0` in a container. */
  readonly bind: string
  /** Port to use for each port of the conf; one that is absent stays as it is. */
  readonly ports: ReadonlyMap<number, number>
  /** Why a port is another one; said in the notice. */
  readonly portReasons?: ReadonlyMap<number, string>
  /** Path to use for each unix socket of the conf; one that is absent stays where it is. */
  readonly sockets?: ReadonlyMap<string, string>
  /** Port on which a server of http listens beside its unix socket, by the conf's path of it: where that socket cannot be opened from outside. */
  readonly relays?: ReadonlyMap<string, number>
  /** Why a socket is elsewhere; said in the notice. */
  readonly socketReasons?: ReadonlyMap<string, string>
  /** Worker processes; `'conf'` leaves the conf's own number. */
  readonly workers: number | 'conf'
  /** Where Lua modules of an unpacked installation are, e.g. `/x/?.lua;/x/?/init.lua`; added where the conf leaves the default path out. */
  readonly luaPath?: string | undefined
  readonly luaCpath?: string | undefined
  /** Lua file that each worker runs first. */
  readonly prelude?: string | undefined
  /** The first phase that runs it. Default `'init_worker'`. */
  readonly preludeFrom?: PreludePhase | undefined
}
