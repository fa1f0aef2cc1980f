import { nameOf } from '../load/plan/request.js'
import { allowsStatus } from '../load/plan/status.js'
import type { LoadResult } from '../types/load.js'
import type { Plan } from '../types/plan.js'
import type { RequestSpec } from '../types/request.js'
import type { ConfServer } from '../types/runtime.js'
import { answeringServer, answeringWords, locationHint } from './answering-server.js'
import { statusRanges, timedOutHint } from './load-fault.js'

/**
 * Why the load of these requests need not begin, after each was sent once: which request, who answered it, and what to do.
 * Undefined where all were answered as expected.
 * @param servers of the conf; none where it is not known
 */
export function askedOnceFault(
  requests: readonly RequestSpec[],
  load: LoadResult,
  { expectStatus, timeoutS }: Pick<Plan, 'expectStatus' | 'timeoutS'>,
  servers: readonly ConfServer[],
): string | undefined {
  const wrong = requests.flatMap((request) => {
    const statuses = Object.keys(load.byRequest?.[nameOf(request)]?.statuses ?? {}).map(Number)
    const status = statuses.find((each) => !allowsStatus(expectStatus, each))
    return status === undefined ? [] : [statusWords(request, status, expectStatus, servers)]
  })
  if (wrong.length > 0) {
    const more = wrong.length > MOST ? [`and ${wrong.length - MOST} more requests`] : []
    return [...wrong.slice(0, MOST), ...more].join('\n')
  }
  if (load.completed === load.asked) return undefined
  const silent = requests.find((request) => !load.perRequest[nameOf(request)]) ?? requests[0]!
  const why = load.gaveUp ?? load.firstError ?? 'no error was seen'
  const who = answeringWords(answeringServer(silent, servers))
  return `no answer to ${nameOf(silent)} from ${who}, asked before the load with ${timeoutS} s to answer: ${why}${timedOutHint(load)}`
}

const MOST = 5

function statusWords(
  request: RequestSpec,
  status: number,
  expected: Plan['expectStatus'],
  servers: readonly ConfServer[],
): string {
  const answering = answeringServer(request, servers)
  const hint = status === 404 ? locationHint(request, answering) : (HINTS[status] ?? '')
  return (
    `unexpected status of ${nameOf(request)}: ${status} from ${answeringWords(answering)}, asked once before the load; expected ${statusRanges(expected)}.${hint}` +
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
