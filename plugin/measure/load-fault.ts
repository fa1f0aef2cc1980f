import { allowsStatus } from '../load/plan/status.js'
import type { LoadResult } from '../types/load.js'

/** Why one run of load cannot be judged; undefined where it did what was asked. */
export function loadFault(
  step: string,
  load: LoadResult,
  expected: readonly (readonly [number, number])[],
): string | undefined {
  if (load.unexpected > 0) {
    const statuses = Object.entries(load.statuses)
      .filter(([status]) => !allowsStatus(expected, Number(status)))
      .map(([status, count]) => `${status} (${count} times)`)
    return `unexpected status in ${step}: ${statuses.join(', ')}; expected ${statusRanges(expected)}. Mend the request or the conf, or expect that status.`
  }
  if (load.completed !== load.asked) {
    const lost = Object.entries(load.errors)
      .filter(([, count]) => count > 0)
      .map(([kind, count]) => `${kind} ${count}`)
    const why = load.gaveUp ?? load.firstError ?? (lost.length > 0 ? `errors: ${lost.join(', ')}` : 'no error was seen')
    return `${load.completed} of ${load.asked} requests were completed in ${step}: ${why}${timedOutHint(load)}`
  }
  return undefined
}

/** What to do where answers are slow: a line of its own, or nothing. */
export function timedOutHint({ errors: { timeout } }: Pick<LoadResult, 'errors'>): string {
  if (timeout === 0) return ''
  return `\n${timeout} ${timeout === 1 ? 'try' : 'tries'} timed out. Where an answer needs longer: --timeout 30s, in a test timeoutS: 30.`
}

/** `200-399,401`, as users write it. */
export function statusRanges(ranges: readonly (readonly [number, number])[]): string {
  return ranges.map(([from, to]) => (from === to ? from : `${from}-${to}`)).join(',')
}
