import { logEntries, topicOf } from './log-entry.js'
import { withFewPlaces } from './searched-places.js'

/** The serious entries of an nginx error log, whole; `mirror` is taken off paths. At most `max` lines, the first ones. */
export function seriousEntries(log: string, options: { readonly mirror?: string; readonly max?: number } = {}): string {
  const { mirror, max = 20 } = options
  const serious = logEntries(log).filter((entry) => {
    const topic = topicOf(entry)
    return topic !== undefined && topic.kind !== 'warning'
  })
  const lines = withFewPlaces(serious.flatMap(({ text }) => text.split('\n')))
  const shown = lines.length > max ? [...lines.slice(0, max), `... (${lines.length - max} more lines)`] : lines
  const text = shown.join('\n')
  return mirror ? text.replaceAll(mirror, '') : text
}
