import type { load } from '../load/autocannon.js'
import type { Driver } from '../load/drivers/driver.js'
import { requestsDriver } from '../load/drivers/requests.js'
import type { Plan } from '../types/plan.js'

/** What makes the load of a plan. @param send what sends requests, where it is a plan of these */
export function driverOf(plan: Plan, send?: typeof load): Driver {
  const { driver, keepAlive, expectStatus, timeoutS } = plan
  switch (driver.kind) {
    case 'requests':
      return requestsDriver({ keepAlive, expectStatus, timeoutS }, send)
    case 'work':
    case 'command':
      throw new Error('not built yet')
  }
}
