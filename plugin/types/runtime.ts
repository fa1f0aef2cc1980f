import type { LogComplaints } from './log.js'
import type { Place } from './place.js'
import type { NginxCounters, Snapshot } from './snapshot.js'

export interface Worker {
  readonly pid: number
}

/** A child of the master that serves no requests and may run Lua: the privileged agent, or a helper. */
export interface OtherProcess {
  readonly pid: number
  /** As ps shows it: `nginx: privileged agent process`. */
  readonly title: string
}

/** One port that the conf listens on. */
export interface RuntimeListen {
  readonly protocol: 'http' | 'stream' | 'mail'
  readonly confPort: number
  /** Where it is published: on 127.0.0.1, or for an attached server where its url is. */
  readonly port: number
  readonly tls: boolean
  readonly udp: boolean
}

/** A running OpenResty. Disposing it ends every process and removes every file it made, once, however often it is asked to. */
export interface Runtime extends AsyncDisposable {
  readonly kind: 'local' | 'container' | 'attach'
  /** What runs, for people: `nginx 1.22.1 + ngx_http_lua_module, /usr/sbin/nginx`. */
  readonly description: string
  /** nginx's prefix as its workers see it; absent where it is not known. */
  readonly prefix?: string
  /**
   * Origin of the conf's first http listen, as reachable from here: `http://127.0.0.1:8080`; where it has unix sockets only
   * `http://unix:/run/app.sock:`.
   */
  readonly url: string
  /** Where the conf's servers listen, in its order; absent where the conf is not known. */
  readonly places?: readonly Place[]
  /** What was changed in the user's conf and must be said aloud (lua_code_cache, remapped ports, ...). */
  readonly notices: readonly string[]
  /**
   * Changes to the user's conf after which growth is still a finding, but a run that finds none proves nothing: why, and the way out.
   * Absent where there are none.
   */
  readonly doubts?: readonly string[]
  /** What may be missing where Lua failed with this text of the log, in a sentence; undefined where nothing is known. */
  adviceOn?(failure: string): string | undefined
  /** All ports that the conf listens on, in its order; null where the conf is not known. */
  readonly listens: readonly RuntimeListen[] | null
  /** Reachable origin for a port that the conf listens on. Throws a RuntimeError for a port it does not. */
  origin(confPort: number): string
  /** The `worker process` children that are not shutting down, by pid. */
  workers(): Promise<readonly Worker[]>
  /**
   * What else the master has started that may run Lua, by pid: whether one does, its snapshot tells, which is refused with
   * `WALKER_UNKNOWN_BUILD` where it has none. Without workers that are shutting down and nginx's cache processes.
   */
  others(): Promise<readonly OtherProcess[]>
  /** The workers' pids as this machine's /proc has them, which for a container are others; null where it does not have them. */
  workersHere(): Promise<readonly number[] | null>
  /** Exact heap of one worker, or one of the others. Throws a WalkerError. */
  snapshot(pid: number): Promise<Snapshot>
  /** nginx's counters without a freeze; null where the build has none. */
  counters(): Promise<NginxCounters | null>
  /** The error log so far. */
  errorLog(): Promise<string>
  /** What the error log complains of so far, counted; a log of any length will do. Null where it cannot be read. */
  complaints(): Promise<LogComplaints | null>
  /** HUP, and wait until new workers serve. */
  reload(): Promise<void>
}

export type RuntimeChoice = 'auto' | 'local' | 'container'

/** Phases in which nginx runs Lua before any request comes: in the master, and in each process that it starts. */
export type PreludePhase = 'init' | 'init_worker'

/** How to boot. Paths are absolute by the time a runtime sees them. */
export interface RuntimeOptions {
  /** Absolute; with `prepare` a path within the folder that this fills. */
  readonly conf: string
  /**
   * Shell command that makes the conf before each start, as Kong and APISIX have one: `kong prepare -p $PREFIX`. `$PREFIX` is a new folder for
   * each start, which goes with it, and is nginx's prefix. It runs on this machine, with `env`; for a container the folder is copied into it.
   * Default: the conf is there.
   */
  readonly prepare?: string
  /** Folder that `prepare` runs in. Default: the working directory. */
  readonly prepareIn?: string
  /** Folder that nginx takes for its prefix; nothing is written there. Default: the conf's folder, or its parent if that folder is named `conf`. */
  readonly prefix?: string
  /** Where nginx runs: on this machine, in a container, or the first of them that works. Default `'auto'`. */
  readonly runtime: RuntimeChoice
  /**
   * Container image with nginx and Lua in it, any that has a shell, used as it is; means `container`.
   * Default `openresty/openresty:1.27.1.2-bookworm`. Where that cannot be pulled, Debian's nginx is built instead, and the report says so.
   */
  readonly image?: string
  /** Dockerfile to build the image from; means `container`. */
  readonly dockerfile?: string
  /** nginx or openresty executable; means `local`. Default: looked up, from an OpenResty that is installed to one that is unpacked. */
  readonly openresty?: string
  /** Worker processes; `'conf'` leaves the conf's own number. Default 1. */
  readonly workers?: number | 'conf'
  /** Literal replacements in the conf and what it includes, for instance of upstreams that do not resolve here. */
  readonly replace?: readonly (readonly [from: string, to: string])[]
  /** Lua that each worker runs before its init_worker_by_lua, in http and in stream. Default: none. */
  readonly prelude?: string
  /**
   * The first phase that runs the prelude. From `'init'` on the master runs it too, before each init_by_lua, and its workers once more.
   * Default `'init_worker'`.
   */
  readonly preludeFrom?: PreludePhase
  /** Prefix of an earlier start of the same conf: the log names it in the place of this start's own, where `prepare` makes one for each. */
  readonly toldPrefix?: string
  /** Environment for nginx, on top of the present one. */
  readonly env?: Readonly<Record<string, string>>
  /** Longest wait for a server that starts or reloads, in ms. Default 60,000. */
  readonly startTimeoutMs?: number
  /** Keep conf, logs and snapshots after the end. Default false. */
  readonly keep?: boolean
  readonly signal?: AbortSignal
}
