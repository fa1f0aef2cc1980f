/** What a conf serves. */
export interface Routes {
  readonly format: 'resty-leak-routes/1'
  /** Absolute path. */
  readonly conf: string
  readonly servers: readonly RouteServer[]
}

/** A place in the conf or in Lua: a path from nginx's prefix (absolute outside of it) and a line from 1. */
export interface CodePlace {
  readonly file: string
  readonly line: number
}

export interface RouteServer extends CodePlace {
  readonly protocol: 'http' | 'stream'
  /** As `server_name` has them; empty where there are none. */
  readonly names: readonly string[]
  readonly listen: readonly RouteListen[]
  /** Of http, in the conf's order. */
  readonly routes: readonly Route[]
  /** What Lua runs in each session; of stream. */
  readonly lua?: readonly LuaHandler[]
}

export interface RouteListen {
  /** As the conf has it: `8080`, `127.0.0.1:443`, `unix:/run/a.sock`. */
  readonly address: string
  /** Null for a unix socket. */
  readonly port: number | null
  readonly tls: boolean
  /** Whether requests come here that no other server is named for. */
  readonly isDefault: boolean
}

export interface Route extends CodePlace {
  /** As the conf has it: `/`, `= /t`, `^~ /static/`, `~* \.php$`, `@fallback`. */
  readonly location: string
  readonly match: 'exact' | 'prefix' | 'regex' | 'named'
  readonly internal: boolean
  /** In the order in which they run. */
  readonly lua: readonly LuaHandler[]
  /** Whether a GET is likely to work here, without anything else than a path. */
  readonly get: {
    readonly likely: 'yes' | 'no' | 'unknown'
    /** What speaks against it; empty where nothing does. */
    readonly why: readonly string[]
    /** Paths that come here, best first; `{n}` stands where they may differ. Empty where none is known. */
    readonly paths: readonly string[]
    /** What a request has to bring for it, or what has to be there; absent where that is nothing. */
    readonly needs?: readonly RouteNeed[]
    /** Where a request goes on to, outside of this machine; absent where it stays here. */
    readonly elsewhere?: string
  }
}

export interface LuaHandler extends CodePlace {
  /** `content_by_lua_block`. */
  readonly directive: string
}

/** credentials: a header; certificate: of the client; method: another than GET; upstream: a server that this conf does not have. */
export type RouteNeed = 'credentials' | 'certificate' | 'method' | 'body' | 'upstream' | 'file'
