import type { LoadPlan } from '../../types/load.js'
import type { HttpProtocol } from '../../types/request.js'
import { LoadError } from '../error.js'

/** What the client built in speaks. */
export const PROTOCOLS: readonly HttpProtocol[] = ['http1', 'h2', 'h2c']

/** Refuses a plan that can't be driven. Throws a LoadError `LOAD_BAD_PLAN` that names the value, the reason and the way out. */
export function checkLoadPlan(plan: LoadPlan): void {
  const {
    requests,
    amount,
    connections,
    threads = 1,
    durationS,
    rate,
    timeoutS,
    firstNumber = 0,
    streams = 1,
    protocol,
  } = plan
  if (requests.length === 0) throw bad('the plan has no requests', "give one, such as '/t'")
  whole('connections', connections)
  whole('threads', threads)
  whole('streams', streams)
  if (protocol !== undefined && !PROTOCOLS.includes(protocol)) {
    throw bad(`protocol '${protocol}' is not known`, `give ${PROTOCOLS.join(', ')}, or none`)
  }
  if (amount !== Number.POSITIVE_INFINITY) whole('amount', amount)
  else if (durationS === undefined) throw bad('the plan has neither an amount nor a duration', 'give one of them')
  above0('duration', durationS)
  above0('rate', rate)
  above0('timeout', timeoutS)
  if (!Number.isSafeInteger(firstNumber) || firstNumber < 0) {
    throw bad(`firstNumber ${firstNumber} is no count`, 'give a whole number from 0 on')
  }
  if (connections > amount) {
    throw bad(
      `${connections} connections are more than ${amount} requests`,
      `some would have nothing to do; give ${amount} connections at most`,
    )
  }
  if (threads > connections) {
    throw bad(`${threads} threads are more than ${connections} connections`, 'each thread needs one of its own')
  }
}

function whole(name: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 1)
    throw bad(`${name} ${value} is no count`, 'give a whole number from 1 on')
}

function above0(name: string, value: number | undefined): void {
  if (value !== undefined && !(value > 0 && Number.isFinite(value))) {
    throw bad(`${name} ${value} makes no sense`, 'give a number above 0')
  }
}

function bad(what: string, wayOut: string): LoadError {
  return new LoadError('LOAD_BAD_PLAN', `${what}: ${wayOut}`)
}
