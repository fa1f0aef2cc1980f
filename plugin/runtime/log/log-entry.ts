import type { LogKind } from '../../types/log.js'
import { withFewPlaces } from './searched-places.js'

/** One entry of an error log, with the lines that belong to it. */
export interface LogEntry {
  readonly text: string
}

/** What an entry is about. */
export interface LogTopic {
  readonly kind: LogKind
  readonly phase: string | null
  readonly level: string | null
}

/** Longest text that is kept of an entry, in characters; nginx's own are 2 KB at most. */
const MAX_ENTRY = 8192

const DATED = /^\d{4}\/\d\d\/\d\d /
/** Last words of a VM that panics, of glibc, LuaJIT, the linker, sanitizers and assert(): lines without a date. */
const LAST_WORDS =
  /^(?:(?:nginx: )?lua atpanic: |PANIC: |\*\*\* .+ \*\*\*|==\d+==\s*ERROR|Fatal error: glibc|(?:Segmentation fault|Bus error|Aborted|Killed)(?: \(core dumped\))?$|\S+: symbol lookup error: |terminate called |(?:\S+: )+Assertion `|(?:free|malloc|realloc|calloc|munmap_chunk|malloc_consolidate)\(\): |double free or corruption|corrupted (?:size vs|double-linked list))/
/** What nginx prints before it has its log. Any other line without a date goes on with the entry above it. */
const UNDATED = /^nginx: /

const LEVEL = /\[(emerg|alert|crit|error|warn|notice|info|debug)\]/
/** Date, time, level, process and connection, which nginx puts before its message. */
const HEAD = /^(?:\d{4}\/\d\d\/\d\d \S+ |nginx: )?\[\w+\] (?:\d+#\d+: )?(?:\*\d+ )?/

const PHASES =
  'init|init_worker|exit_worker|set|server_rewrite|rewrite|access|precontent|content|header_filter|body_filter|log|balancer|preread|ssl_client_hello|ssl_certificate|ssl_session_fetch|ssl_session_store|proxy_ssl_certificate|proxy_ssl_verify'
const PHASE = new RegExp(String.raw`\b(?<phase>(?:${PHASES})_by_lua)`)
const CONTEXT = new RegExp(String.raw`context: (?<context>ngx\.timer|(?:${PHASES})_by_lua)`)
const INIT_WORKER = /^(?:stream )?init_worker_by_lua\w*\*? error:/
const FAILED =
  /^(?:stream )?(?:lua (?:entry|user) thread aborted|failed to (?:run|load) |\w+_by_lua\w*\*? error:|\d+ lua_max_running_timers are not enough)/
const CRASHED = /\bexited on signal \d+/
const SERIOUS = new Set(['emerg', 'alert', 'crit', 'error'])

/** Cuts a log into entries as its text comes in; what it holds meanwhile is bounded. */
export class LogSplitter {
  readonly #take: (entry: LogEntry) => void
  #line = ''
  #entry: string | undefined

  constructor(take: (entry: LogEntry) => void) {
    this.#take = take
  }

  /** The entries that are not over yet, or may not be: the last one, and a line that has begun. */
  get open(): LogEntry[] {
    return logEntries([this.#entry, this.#line].filter((text) => text !== undefined).join('\n'))
  }

  push(text: string): void {
    const lines = text.split('\n')
    for (const [index, part] of lines.entries()) {
      this.#line = shorten(this.#line + part)
      if (index < lines.length - 1) this.#endLine()
    }
  }

  /** No more text will come. */
  end(): void {
    if (this.#line !== '') this.#endLine()
    this.#endEntry()
  }

  #endLine(): void {
    const line = this.#line.replace(/\r$/, '')
    this.#line = ''
    const begins = DATED.test(line) || UNDATED.test(line) || LAST_WORDS.test(line)
    if (begins) this.#endEntry()
    if (this.#entry !== undefined) this.#entry = shorten(`${this.#entry}\n${line}`)
    else if (begins || line.trim() !== '') this.#entry = line
  }

  #endEntry(): void {
    if (this.#entry !== undefined) this.#take({ text: this.#entry.trimEnd() })
    this.#entry = undefined
  }
}

function shorten(text: string): string {
  return text.length > MAX_ENTRY ? text.slice(0, MAX_ENTRY) : text
}

/** The entries of a whole log. */
export function logEntries(log: string): LogEntry[] {
  const entries: LogEntry[] = []
  const splitter = new LogSplitter((entry) => entries.push(entry))
  splitter.push(log)
  splitter.end()
  return entries
}

/** What an entry complains of; undefined for one that only informs. */
export function topicOf({ text }: LogEntry): LogTopic | undefined {
  const firstLine = text.split('\n', 1)[0]!
  const level = LEVEL.exec(firstLine)?.[1] ?? null
  if (level === null) {
    return LAST_WORDS.test(firstLine) ? { kind: 'crash', phase: null, level } : undefined
  }
  if (level === 'warn') return { kind: 'warning', phase: null, level }
  if (!SERIOUS.has(level)) return undefined
  const message = text.replace(HEAD, '')
  if (CRASHED.test(message)) return { kind: 'crash', phase: null, level }
  if (message.startsWith('[lua] ')) return { kind: 'said', phase: null, level }
  if (INIT_WORKER.test(message)) return { kind: 'init-worker', phase: 'init_worker_by_lua', level }
  if (FAILED.test(message)) return { kind: 'failed', phase: phaseOf(message), level }
  return { kind: 'nginx', phase: null, level }
}

/** A timer's code is named after the phase that it was written in, so the context comes first. */
function phaseOf(message: string): string | null {
  if (message.includes('lua_max_running_timers')) return 'ngx.timer'
  return CONTEXT.exec(message)?.groups?.context ?? PHASE.exec(message)?.groups?.phase ?? null
}

/** The message of an entry alone: without date, process and traceback, and with few of the places where a module was looked for. */
export function messageOfEntry(text: string): string {
  const [message] = text.replace(HEAD, '').split(/\n\s*stack traceback:/, 1)
  return withFewPlaces(message!.split('\n')).join('\n').trim()
}
