import type { LoadPlan } from '../../types/load.js'
import type { RequestSpec } from '../../types/request.js'
import type { Aim } from '../plan/aim.js'
import { split } from '../plan/schedule.js'

/** The share of a plan that goes to one origin: a kept-alive connection can't change its peer or its TLS name. */
export interface LanePlan {
  readonly origin: string
  readonly servername: string | undefined
  /** Which requests of the plan. */
  readonly indexes: readonly number[]
  readonly weights: readonly number[]
  readonly amount: number
  readonly connections: number
  readonly rate: number | undefined
}

/**
 * Groups the requests by where they go and gives each group its share, by weight, of the amount, the rate and the
 * connections. A group has one connection at least, and no more than requests; one without requests is left out.
 */
export function planLanes(
  requests: readonly RequestSpec[],
  aims: readonly Aim[],
  plan: Pick<LoadPlan, 'amount' | 'connections' | 'rate'>,
): LanePlan[] {
  const groups = new Map<string, number[]>()
  aims.forEach(({ origin, servername }, index) => {
    const key = `${origin} ${servername ?? ''}`
    groups.set(key, [...(groups.get(key) ?? []), index])
  })
  const lanes = [...groups.values()].map((indexes) => {
    const weights = indexes.map((index) => requests[index]!.weight ?? 1)
    return { indexes, weights, weight: weights.reduce((all, weight) => all + weight, 0) }
  })
  const shares = lanes.map(({ weight }) => weight)
  const all = shares.reduce((sum, share) => sum + share, 0)
  const amounts = split(plan.amount, shares)
  // One for each lane first, the rest by weight.
  const more = split(Math.max(0, plan.connections - lanes.length), shares)
  const planned = lanes.map(
    ({ indexes, weights, weight }, lane): LanePlan => ({
      origin: aims[indexes[0]!]!.origin,
      servername: aims[indexes[0]!]!.servername,
      indexes,
      weights,
      amount: amounts[lane]!,
      connections: Math.min(1 + more[lane]!, amounts[lane]!),
      rate: plan.rate === undefined ? undefined : (plan.rate * weight) / all,
    }),
  )
  return planned.filter(({ amount }) => amount > 0)
}
