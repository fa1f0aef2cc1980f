import { sumBy } from '../base/sum.js'
import { messageOfEntry } from '../runtime/log/log-entry.js'
import { withFewPlaces } from '../runtime/log/searched-places.js'
import type { RoundLoad } from '../types/load.js'
import type { LogComplaints, LogGroup, LogKind } from '../types/log.js'

/** Phases whose failure is the answer itself: a client sees it as an error status. Null is the thread of a request. */
const ANSWERING: ReadonlySet<string | null> = new Set([
  null,
  'set_by_lua',
  'server_rewrite_by_lua',
  'rewrite_by_lua',
  'access_by_lua',
  'precontent_by_lua',
  'content_by_lua',
  'balancer_by_lua',
])
/** From this share of the completed requests on it is another program than the user's that was measured. */
const MOST = 0.5
/**
 * Which entries say best why something failed, where there are several kinds. nginx's own and what Lua logged stand side by side:
 * a limit that cannot be raised is told at every start, and a module that was not found is logged after it.
 */
const ORDER: readonly (readonly LogKind[])[] = [['crash'], ['init-worker'], ['failed'], ['nginx', 'said'], ['warning']]
/** Lines of an entry that are quoted; a traceback is seldom longer. */
const LINES_QUOTED = 20

/** Why a server is not set up as its conf says; undefined where every init_worker_by_lua since `before` went through. */
export function initWorkerFault(before: LogComplaints, now: LogComplaints): string | undefined {
  const failed = gainedGroups(before, now).filter(({ kind }) => kind === 'init-worker')
  const count = total(failed)
  if (count === 0) return undefined
  const where = count === 1 ? 'a process' : `${count} processes`
  return quoteFirst(
    `init_worker_by_lua failed in ${where} of nginx: what it sets up is missing, so what would be measured is not the server that the conf means. Mend it first.`,
    failed,
  )
}

/**
 * Why what was loaded is not the user's program: Lua failed with at least half as many requests as were completed.
 * A failed handler is expected where the plan expects the error status that the client then got; of what Lua code logs by itself
 * nothing is concluded.
 */
export function failedPhaseFault(
  step: string,
  load: Pick<RoundLoad, 'completed' | 'statuses'>,
  before: LogComplaints,
  now: LogComplaints,
): string | undefined {
  const failed = gainedGroups(before, now).filter(({ kind }) => kind === 'failed')
  const [answering, others] = [true, false].map((which) => failed.filter(({ phase }) => ANSWERING.has(phase) === which))
  const unanswered = Math.max(0, total(answering!) - errorAnswers(load))
  const count = total(others!) + unanswered
  if (count === 0 || count < MOST * load.completed) return undefined
  const guilty = unanswered > 0 ? failed : others!
  return quoteFirst(
    `Lua code failed ${count} times in ${step} of ${load.completed} requests: another program than the conf's would be measured. Mend it first.`,
    guilty,
  )
}

/** What has to be said of the log of a run that stands; undefined where nothing has. `start`: before the first request. */
export function logNote(start: LogComplaints, now: LogComplaints): string | undefined {
  const errors = now.filter(({ kind }) => kind !== 'warning')
  const count = total(errors)
  const first = errors.find(({ kind }) => kind === 'crash') ?? firstOf(errors)
  if (!first) return undefined
  const early = total(start.filter(({ kind }) => kind !== 'warning'))
  const byLua = first.kind === 'nginx' ? firstOf(errors.filter(({ kind }) => kind !== 'nginx')) : undefined
  const message = `${messageOfEntry(first.first)}${byLua ? `; the first by Lua: ${messageOfEntry(byLua.first)}` : ''}`
  const before = "before the run's first request"
  if (count === 1) return `nginx logged an error ${early === 0 ? 'during the run' : before}: ${message}`
  const when = early === 0 ? ' during the run' : early === count ? ` ${before}` : `, ${early} of them ${before}`
  return `nginx logged ${count} errors${when}, the first: ${message}`
}

/** A fault with what the log says of it: the first entry of those that came in `before` to `now`, or that were there already. */
export function withLogQuote(fault: string, before: LogComplaints, now: LogComplaints): string {
  const recent = gainedGroups(before, now)
  return quoteFirst(fault, recent.length > 0 ? recent : now)
}

/** The groups that gained entries, with the gain as their count. */
function gainedGroups(before: LogComplaints, now: LogComplaints): LogGroup[] {
  return now.flatMap((group) => {
    const known = before.find((old) => isSame(old, group))?.count ?? 0
    return group.count > known ? [{ ...group, count: group.count - known }] : []
  })
}

function isSame(a: LogGroup, b: LogGroup): boolean {
  return a.kind === b.kind && a.phase === b.phase && a.level === b.level
}

/** With the first entry of each kind that explains most, and how many such there were. */
function quoteFirst(fault: string, groups: LogComplaints): string {
  const kinds = ORDER.find((each) => groups.some(({ kind }) => each.includes(kind))) ?? []
  return [fault, ...kinds.flatMap((each) => quoteOf(groups.filter(({ kind }) => kind === each)))].join('\n')
}

function quoteOf(groups: LogComplaints): string[] {
  const first = firstOf(groups)
  if (!first) return []
  const count = total(groups)
  const lines = withFewPlaces(first.first.trim().split('\n'))
  const shown =
    lines.length > LINES_QUOTED
      ? [...lines.slice(0, LINES_QUOTED), `... (${lines.length - LINES_QUOTED} more lines)`]
      : lines
  const which = count === 1 ? 'error log' : `error log, the first of ${count} such entries`
  return [`${which}: ${shown.join('\n')}`]
}

function firstOf(groups: LogComplaints): LogGroup | undefined {
  return groups.reduce<LogGroup | undefined>(
    (first, group) => (first && first.at < group.at ? first : group),
    undefined,
  )
}

function total(groups: LogComplaints): number {
  return sumBy(groups, ({ count }) => count)
}

/** 499 is what a client that gave up counts as. */
function errorAnswers({ statuses }: Pick<RoundLoad, 'statuses'>): number {
  return Object.entries(statuses).reduce((sum, [status, count]) => (Number(status) >= 400 ? sum + count : sum), 0)
}
