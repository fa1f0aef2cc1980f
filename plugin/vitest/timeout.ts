import { sumOf } from '../base/sum.js'
import { BOOT_DEFAULTS } from '../runtime/start/boot-defaults.js'
import type { Plan } from '../types/plan.js'

/** Slowest load that the timeout allows for, in requests a second: a hundredth of what an idle laptop does. */
const SLOWEST_PER_S = 500
/** Before nginx is started: an unpack of the distribution's packages, or the start of a container, in ms. */
const UNPACK_MS = 30_000
/** A snapshot of a big heap on a busy machine, in ms. */
const SNAPSHOT_MS = 3_000
/** What a second start takes beyond its start: slow requests until its bound, the last of them, and reports. */
const LOCATE_MS = 15_000

/**
 * How long a test with this one measurement may take at the very most, in ms: boot, all requests at a crawl, every wait and snapshot of the plan.
 * @param startTimeoutMs how long nginx may take to start
 * It is a stop for what hangs, not an estimate.
 */
export function planTimeoutMs(plan: Plan, startTimeoutMs: number = BOOT_DEFAULTS.startTimeoutMs): number {
  const solo = plan.requests.length > 1 ? plan.requests.map(() => plan.solo) : []
  const loads = [plan.warmup, ...plan.rounds, ...plan.confirm, ...plan.further, ...solo]
  const loadMs =
    plan.driver.kind === 'command' ? loads.length * plan.timeoutS * 1000 : (sumOf(loads) / SLOWEST_PER_S) * 1000
  const snapshots = loads.length + 3
  const waits = plan.idleMs + 2 * plan.drainMs + loads.length * plan.settleMs
  const locate = plan.locate ? startTimeoutMs + LOCATE_MS : 0
  return Math.ceil(UNPACK_MS + startTimeoutMs + locate + loadMs + waits + snapshots * SNAPSHOT_MS)
}
