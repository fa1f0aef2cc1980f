import type { RoundLoad } from '../../types/load.js'
import type { Plan } from '../../types/plan.js'
import type { Runtime } from '../../types/runtime.js'
import type { load } from '../client/autocannon.js'
import type { Driver, Round, RoundOptions } from './driver.js'
import { driverOf } from './driver-of.js'
import { driverTarget } from './target.js'

/** The loads of a plan on one server, one after the other: the numbers of units run on from each to the next. */
export class Loads {
  readonly #runtime: Runtime
  readonly #driver: Driver
  #sent = 0
  #made = 0

  /** @param send what sends requests, where it is a plan of these */
  constructor(runtime: Runtime, plan: Plan, send?: typeof load) {
    this.#runtime = runtime
    this.#driver = driverOf(plan, send)
  }

  async make(round: Omit<Round, 'firstNumber' | 'number'>, options: RoundOptions): Promise<RoundLoad> {
    const numbered = { ...round, firstNumber: this.#sent, number: this.#made++ }
    const result = await this.#driver.drive(driverTarget(this.#runtime), numbered, options)
    // a request that got no answer came again under a number of its own
    this.#sent += result.sent ?? round.amount
    return result
  }
}

/** What a plan's load is told in before anything is known of it: requests, calls, sessions. */
export function loadNoun({ driver, per }: Plan): string {
  if (driver.kind === 'requests') return 'request'
  return per === 'session' ? 'session' : 'call'
}
