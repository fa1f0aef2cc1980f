import type { Plan } from '../types/plan.js'
import type { Runtime } from '../types/runtime.js'
import { PlanError } from './plan-error.js'

/** Whether a conf serves no http: then nobody makes requests of it, and what it serves are sessions. */
export function servesSessionsOnly({ listens }: Pick<Runtime, 'listens'>): boolean {
  return listens != null && listens.length > 0 && listens.every(({ protocol }) => protocol !== 'http')
}

/**
 * The plan for a server of this kind: what grows where there is no http is counted by session.
 * @throws PlanError for requests to a server without http
 */
export function planFor(plan: Plan, runtime: Pick<Runtime, 'listens'>): Plan {
  if (!servesSessionsOnly(runtime)) return plan
  if (plan.driver.kind === 'requests') {
    const ports = runtime.listens!.map(({ confPort, protocol }) => `${confPort} (${protocol})`)
    throw new PlanError(
      'PLAN_NO_REQUEST',
      `requests need an http server, and this conf has none: it listens on ${ports.join(', ')}. Load it with a client of that protocol: work, or --command, in a test command`,
    )
  }
  return plan.per === 'reload' || plan.per === 'connection' ? plan : { ...plan, per: 'session' }
}
