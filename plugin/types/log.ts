/**
 * What an entry of nginx's error log tells of: a process that ends in the middle of its work (a VM panic, an abort, a signal),
 * an init_worker_by_lua that failed, a Lua phase, thread or timer that failed, what else nginx calls an error,
 * what Lua code itself logs as an error, and warnings.
 */
export type LogKind = 'crash' | 'init-worker' | 'failed' | 'nginx' | 'said' | 'warning'

/** Entries of one kind, counted; the first is kept. */
export interface LogGroup {
  readonly kind: LogKind
  /** `log_by_lua`, `ngx.timer`; null where nginx does not name it. */
  readonly phase: string | null
  /** `error`, `alert`; null for an entry that nginx gives none. */
  readonly level: string | null
  readonly count: number
  /** The first entry, with its line breaks; at most 8 KB of it. */
  readonly first: string
  /** Place of that entry among all of the log's complaints, from 0. */
  readonly at: number
}

/** All that an error log complains of, in the order of the first entries. */
export type LogComplaints = readonly LogGroup[]
