import type { DriverKind } from '../../types/driver.js'
import { LoadError } from '../error.js'
import type { Need } from './metric.js'
import type { Thresholds } from './thresholds.js'

/** What each driver sees of the units that it completes. */
const SEEN: Readonly<Record<DriverKind, ReadonlySet<Need>>> = {
  requests: new Set(['count', 'failures', 'timeouts', 'time', 'status', 'size', 'connection']),
  work: new Set(['count', 'failures', 'timeouts', 'time']),
  command: new Set(['count']),
}

const WHY = {
  requests: '',
  work: 'only the work itself sees its answers and connections. Let it throw for what it does not want, and give errors a threshold',
  command:
    'nginx counts what a command sends, and only the command sees how long each took and what came back. Let the command judge that and end with an exit code other than 0, or make the load by requests',
} as const satisfies Record<DriverKind, string>

/**
 * Refuses thresholds on what a driver cannot measure: they could only be missed.
 * @throws LoadError `LOAD_BAD_THRESHOLD` with the name, the reason and the way out
 */
export function refuseUnmeasurable(thresholds: Thresholds, driver: DriverKind): void {
  for (const { key, metric, request } of thresholds) {
    if (request !== null && driver !== 'requests') {
      const whole = key.replace(/\s*\{.*/, '')
      throw bad(key, driver, `it has no requests that are known by name. Write ${whole} for all of it`)
    }
    if (!SEEN[driver].has(metric.needs)) throw bad(key, driver, WHY[driver])
  }
}

function bad(key: string, driver: DriverKind, why: string): LoadError {
  return new LoadError('LOAD_BAD_THRESHOLD', `${key} cannot be measured of a load by ${driver}: ${why}.`)
}
