import type { Plan } from '../../types/plan.js'

/** What the driver of a plan counts. */
export function unitWord({ driver, per }: Pick<Plan, 'driver' | 'per'>): 'request' | 'session' | 'call' {
  return driver.kind === 'requests' ? 'request' : per === 'session' ? 'session' : 'call'
}

/** One load of a plan, for people: `5003 requests`, or the command that makes it. */
export function amountWords(plan: Pick<Plan, 'driver' | 'per'>, amount: number): string {
  return plan.driver.kind === 'command' ? plan.driver.text : `${amount} ${unitWord(plan)}s`
}
