/** What one line of Lua has added to one target so far, in one process. */
export interface Credit {
  readonly target: number
  /** Entries, objects or bytes, less what is gone again where that is known. */
  readonly amount: number
  /** Requests (or runs of a timer) in which it added something that is still there. */
  readonly requests: number
  /** Chunk and line: `/srv/lua/demo.lua:5`; `nginx` for what no line of Lua made. */
  readonly place: string
  /** Of the function; empty for a chunk, or where it has none. */
  readonly name: string
  /** Who called, innermost first. */
  readonly stack: readonly string[]
}

/** All that a target gained and lost, and what was gained where the line is not known yet. */
export interface Total {
  readonly gained: number
  readonly lost: number
  readonly unplaced: number
}

/** What the watcher of one process has told last. */
export interface WatchState {
  readonly seq: number
  /** Lines of Lua that ran. */
  readonly events: number
  /** Whether the hook is still ours. */
  readonly isHooked: boolean
  /** Whether somebody has turned the JIT compiler on again. */
  readonly isCompiled: boolean
  readonly credits: ReadonlyMap<string, Credit>
  readonly totals: ReadonlyMap<number, Total>
}

const MARK = 'resty-leak-watch'

/** Reads what watchers wrote among the entries of an error log, by process. A report that is not complete yet is left out. */
export function readRecords(log: string): Map<number, WatchState> {
  const states = new Map<number, WatchState>()
  const open = new Map<number, { credits: Map<string, Credit>; totals: Map<number, Total> }>()
  for (const line of log.split('\n')) {
    if (!line.startsWith(`${MARK}\t`)) continue
    const [, pidText = '', , seq, kind, ...fields] = line.split('\t').map(unescaped)
    const pid = Number(pidText)
    const before = states.get(pid)
    const part = open.get(pid) ?? { credits: new Map(before?.credits), totals: new Map(before?.totals) }
    open.set(pid, part)
    if (kind === 'credit') {
      const [target, amount, requests, place = '', name = '', stack = ''] = fields
      part.credits.set(`${target} ${place}`, {
        target: Number(target),
        amount: Number(amount),
        requests: Number(requests),
        place,
        name,
        stack: stack === '' ? [] : stack.split('\n'),
      })
    } else if (kind === 'total') {
      const [target, gained, lost, unplaced] = fields.map(Number)
      part.totals.set(target!, { gained: gained!, lost: lost!, unplaced: unplaced! })
    } else if (kind === 'tick') {
      const [events, isHooked, isCompiled] = fields.map(Number)
      states.set(pid, {
        seq: Number(seq),
        events: events!,
        isHooked: isHooked === 1,
        isCompiled: isCompiled === 1,
        ...part,
      })
      open.delete(pid)
    }
  }
  return states
}

function unescaped(field: string): string {
  return field.replace(/%([0-9a-f]{2})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)))
}
