import { commandFault, workFault } from '../load/drivers/fault.js'
import { allowsStatus } from '../load/plan/status.js'
import type { RoundLoad } from '../types/load.js'
import type { StatusRanges } from '../types/status.js'

/**
 * Why one run of load cannot be judged; undefined where it did what was asked.
 * @param hint what else there is to say of statuses that were not expected
 */
export function loadFault(
  step: string,
  load: RoundLoad,
  expected: StatusRanges,
  hint: () => string | undefined = () => undefined,
): string | undefined {
  if (load.driver === 'work') return workFault(step, load)
  if (load.driver === 'command') return commandFault(step, load)
  if (load.unexpected > 0) {
    const statuses = Object.entries(load.statuses)
      .filter(([status]) => !allowsStatus(expected, Number(status)))
      .map(([status, count]) => `${status} (${count} times)`)
    const more = hint()
    return `unexpected status in ${step}: ${statuses.join(', ')}; expected ${statusRanges(expected)}. Mend the request or the conf, or expect that status.${more === undefined ? '' : `\n${more}`}`
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
export function timedOutHint({ errors: { timeout } }: Pick<RoundLoad, 'errors'>): string {
  if (timeout === 0) return ''
  return `\n${timeout} ${timeout === 1 ? 'try' : 'tries'} timed out. Where an answer needs longer: --timeout 30s, in a test timeoutS: 30.`
}

/** `200-399,401`, as users write it. */
export function statusRanges(ranges: StatusRanges): string {
  return ranges.map(([from, to]) => (from === to ? from : `${from}-${to}`)).join(',')
}
