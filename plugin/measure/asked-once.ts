import type { LoadTarget } from '../load/plan/aim.js'
import { askedServer, notFoundHint } from '../load/plan/asked.js'
import { nameOf } from '../load/plan/request.js'
import { allowsStatus } from '../load/plan/status.js'
import type { RoundLoad } from '../types/load.js'
import type { Plan } from '../types/plan.js'
import type { RequestSpec } from '../types/request.js'
import { statusRanges, timedOutHint } from './load-fault.js'

/** What the requests of a load are asked of, and how. */
export type AskedLoad = Pick<RoundLoad, 'asked' | 'completed' | 'errors' | 'gaveUp' | 'firstError' | 'byRequest'>

/** Faults that are told one by one. */
const MOST = 5

/**
 * Why the load of these requests need not begin, after each was sent once: which request, which server of the conf it was sent to, and
 * what to do. Undefined where all were answered as expected.
 */
export function askedOnceFault(
  requests: readonly RequestSpec[],
  load: AskedLoad,
  { expectStatus, timeoutS }: Pick<Plan, 'expectStatus' | 'timeoutS'>,
  target: LoadTarget,
): string | undefined {
  const wrong = requests.flatMap((request) => {
    const statuses = Object.keys(load.byRequest?.[nameOf(request)]?.statuses ?? {}).map(Number)
    const status = statuses.find((each) => !allowsStatus(expectStatus, each))
    return status === undefined ? [] : [statusWords(request, status, expectStatus, target)]
  })
  if (wrong.length > 0) {
    const more = wrong.length > MOST ? [`and ${wrong.length - MOST} more requests`] : []
    const elsewhere = notFoundHint(load, requests, target)
    return [...wrong.slice(0, MOST), ...more, ...(elsewhere === undefined ? [] : [elsewhere])].join('\n')
  }
  if (load.completed === load.asked) return undefined
  const silent = requests.find((request) => !load.byRequest?.[nameOf(request)]?.completed) ?? requests[0]!
  const why = load.gaveUp ?? load.firstError ?? 'no error was seen'
  return `no answer to ${nameOf(silent)} from ${askedServer(silent, target)}, asked before the load with ${timeoutS} s to answer: ${why}${timedOutHint(load)}`
}

function statusWords(request: RequestSpec, status: number, expected: Plan['expectStatus'], target: LoadTarget): string {
  return (
    `unexpected status of ${nameOf(request)}: ${status} from ${askedServer(request, target)}, asked once before the load; expected ${statusRanges(expected)}.${HINTS[status] ?? ''}` +
    ` Mend the request or the conf; where ${status} is meant: --expect-status ${status}, in a test expectStatus: '${status}'.`
  )
}

const HINTS: Readonly<Record<number, string>> = {
  400: ' What was sent is no request to it, such as HTTP to a port of HTTPS.',
  401: " It wants credentials: --header 'Authorization: ...', in a test headers.",
  403: " It wants credentials or another client: --header 'Authorization: ...', in a test headers.",
  405: " It takes another method: --request 'POST /path'.",
  415: " It wants another body: --header 'Content-Type: ...', in a test headers.",
}
