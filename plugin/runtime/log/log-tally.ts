import { sumBy } from '../../base/sum.js'
import type { LogComplaints, LogGroup } from '../../types/log.js'
import { type LogEntry, LogSplitter, topicOf } from './log-entry.js'

/** Counts what an error log complains of while its text comes in. Of a log of any length it keeps the first entry of each kind. */
export class LogTally {
  readonly #groups = new Map<string, LogGroup>()
  readonly #splitter = new LogSplitter((entry) => add(this.#groups, entry))

  push(text: string): void {
    this.#splitter.push(text)
  }

  /** So far; the last entry counts, though more lines of it may follow. */
  get complaints(): LogComplaints {
    const groups = new Map(this.#groups)
    for (const entry of this.#splitter.open) add(groups, entry)
    return [...groups.values()]
  }
}

function add(groups: Map<string, LogGroup>, entry: LogEntry): void {
  const topic = topicOf(entry)
  if (!topic) return
  const key = `${topic.kind} ${topic.phase} ${topic.level}`
  const known = groups.get(key)
  if (known) {
    groups.set(key, { ...known, count: known.count + 1 })
    return
  }
  const at = sumBy(groups.values(), ({ count }) => count)
  groups.set(key, { ...topic, count: 1, first: entry.text, at })
}

/** The same with `folder` taken off paths: the user's own files lie below it in a copy. */
export function withoutFolder(complaints: LogComplaints, folder: string): LogComplaints {
  if (folder === '') return complaints
  return complaints.map((group) => ({ ...group, first: group.first.replaceAll(folder, '') }))
}
