import { sumBy } from '../base/sum.js'

/** What one line of Lua has added to one target, in one process. */
export interface Credited {
  readonly target: number
  /** Chunk and line: `/srv/lua/demo.lua:5`; `nginx` for what no line of Lua made. */
  readonly place: string
  /** Of the function; empty for a chunk, or where it has none. */
  readonly name: string
  /** Who called, innermost first. */
  readonly stack: readonly string[]
}

/** The same, summed up. */
export interface Credit extends Credited {
  /** Entries, objects or bytes, less what is gone again where that is known. */
  readonly amount: number
  /** Requests (or runs of a timer) in which it added something that is still there. */
  readonly requests: number
}

/** By the report that had it first. */
export interface CreditRecord extends Credited {
  readonly amounts: readonly (readonly [seq: number, amount: number, requests: number])[]
}

/** What was first reported after one report; undefined where nothing was. */
export function creditSince({ amounts, ...credited }: CreditRecord, seq: number): Credit | undefined {
  const since = amounts.filter(([told]) => told > seq)
  const sum = (part: 1 | 2) => sumBy(since, (one) => one[part])
  return since.length === 0 ? undefined : { ...credited, amount: sum(1), requests: sum(2) }
}

/** All that a target gained and lost, and what was gained where the line is not known yet. */
export interface Total {
  readonly gained: number
  readonly lost: number
  readonly unplaced: number
}

/** What the watcher of one VM has reported last. */
export interface WatchState {
  /** Of its process. */
  readonly pid: number
  readonly seq: number
  /** Lines of Lua that ran. */
  readonly events: number
  /** Whether the hook is still ours. */
  readonly isHooked: boolean
  /** Whether somebody has turned the JIT compiler on again. */
  readonly isCompiled: boolean
  readonly credits: ReadonlyMap<string, CreditRecord>
  readonly totals: ReadonlyMap<number, Total>
  /** Why a target cannot be watched, in a sentence. */
  readonly faults: ReadonlyMap<number, string>
}

const MARK = 'resty-leak-watch'

/** Reads what watchers wrote among the entries of an error log, by process and VM. A report that is not complete yet is left out. */
export function readRecords(log: string): Map<string, WatchState> {
  const states = new Map<string, WatchState>()
  const open = new Map<
    string,
    { credits: Map<string, CreditRecord>; totals: Map<number, Total>; faults: Map<number, string> }
  >()
  for (const line of log.split('\n')) {
    if (!line.startsWith(`${MARK}\t`)) continue
    const [, pid = '', vm = '', seq, kind, ...fields] = line.split('\t').map(resolveEscapes)
    const key = `${pid} ${vm}`
    const before = states.get(key)
    const part = open.get(key) ?? {
      credits: new Map(before?.credits),
      totals: new Map(before?.totals),
      faults: new Map(before?.faults),
    }
    open.set(key, part)
    if (kind === 'credit') {
      const [target, amounts = '', place = '', name = '', stack = ''] = fields
      part.credits.set(`${target} ${place}`, {
        target: Number(target),
        amounts: amounts === '' ? [] : amounts.split(',').map(amountOf),
        place,
        name,
        stack: stack === '' ? [] : stack.split('\n'),
      })
    } else if (kind === 'total') {
      const [target, gained, lost, unplaced] = fields.map(Number)
      part.totals.set(target!, { gained: gained!, lost: lost!, unplaced: unplaced! })
    } else if (kind === 'fault') {
      part.faults.set(Number(fields[0]), fields[1] ?? '')
    } else if (kind === 'tick') {
      const [events, isHooked, isCompiled] = fields.map(Number)
      states.set(key, {
        pid: Number(pid),
        seq: Number(seq),
        events: events!,
        isHooked: isHooked === 1,
        isCompiled: isCompiled === 1,
        ...part,
      })
      open.delete(key)
    }
  }
  return states
}

function amountOf(text: string): [seq: number, amount: number, requests: number] {
  const [seq = 0, amount = 0, requests = 0] = text.split(':').map(Number)
  return [seq, amount, requests]
}

function resolveEscapes(field: string): string {
  return field.replace(/%([0-9a-f]{2})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)))
}
