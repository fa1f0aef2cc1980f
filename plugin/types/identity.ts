/** What git says of the measured folder. */
export interface Revision {
  /** Full id of the commit that is checked out. */
  readonly commit: string
  /** The name it was asked for by, or the branch: `main`. Null for a detached checkout. */
  readonly ref: string | null
  /** Whether tracked files differ from the commit. */
  readonly dirty: boolean
}

/** What times depend on. Times of two environments that differ cannot be compared. */
export interface Environment {
  readonly cpu: string
  readonly cores: number
  readonly os: string
  readonly node: string
  /** What runs: `nginx 1.22.1 + ngx_http_lua_module, /usr/sbin/nginx`. */
  readonly openresty: string
  /** LuaJIT build as the walker proved it; null where no snapshot was taken. */
  readonly luajit: string | null
}

/** By what a report is known later. */
export interface RunIdentity {
  /** ISO time at which the run began. */
  readonly takenAt: string
  /** Of vitest-openresty-leak. */
  readonly version: string
  /** What git says of the conf's folder; null outside of a repository. */
  readonly revision: Revision | null
  readonly machine: Omit<Environment, 'openresty' | 'luajit'>
}
