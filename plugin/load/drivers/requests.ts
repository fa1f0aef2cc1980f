import type { LoadPlan } from '../../types/load.js'
import { load } from '../client/autocannon.js'
import type { Driver } from './driver.js'

/** What is the same in all rounds of a plan of requests. */
export type RequestsPlan = Pick<LoadPlan, 'keepAlive' | 'expectStatus' | 'timeoutS' | 'protocol' | 'streams'>

/** HTTP/1.1 by autocannon, HTTP/2 by Node's own client. @param send what sends them */
export function requestsDriver(plan: RequestsPlan, send: typeof load = load): Driver {
  return {
    kind: 'requests',
    async drive(target, { requests, amount, durationS, connections, firstNumber }, options = {}) {
      const bound = durationS === undefined ? {} : { durationS }
      const result = await send(target, { ...plan, ...bound, requests, amount, connections, firstNumber }, options)
      return { ...result, driver: 'requests' }
    },
  }
}
