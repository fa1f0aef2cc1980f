import { dropUndefined } from '../../base/drop-undefined.js'
import { runSupervised } from '../../heapwalk/supervised.js'
import type { Plan } from '../../types/plan.js'
import type { load } from '../client/autocannon.js'
import { commandDriver } from './command.js'
import type { Driver } from './driver.js'
import { requestsDriver } from './requests.js'
import { workDriver } from './work.js'

/** What makes the load of a plan. @param send what sends requests, where it is a plan of these */
export function driverOf(plan: Plan, send?: typeof load): Driver {
  const { driver, per, keepAlive, expectStatus, timeoutS, protocol, streams } = plan
  switch (driver.kind) {
    case 'requests':
      return requestsDriver({ keepAlive, expectStatus, timeoutS, ...dropUndefined({ protocol, streams }) }, send)
    case 'work':
      return workDriver({ work: driver.work, timeoutS, unit: per === 'session' ? 'session' : 'call' })
    case 'command': {
      const { command, text } = driver
      const unit = per === 'session' || per === 'connection' ? per : 'request'
      return commandDriver({ command, text, timeoutS, unit }, runSupervised)
    }
  }
}
