import { sumOf } from '../../base/sum.js'
import type { LoadPlan } from '../../types/load.js'
import type { HttpProtocol, RequestSpec } from '../../types/request.js'
import type { Aim, DialPlan } from '../plan/aim.js'
import { split } from '../plan/schedule.js'

/** The share of a plan that goes to one place: a kept-alive connection can't change its peer, its TLS name or what it speaks. */
export interface LanePlan {
  readonly dial: DialPlan
  readonly protocol: HttpProtocol
  /** Which requests of the plan. */
  readonly indexes: readonly number[]
  readonly weights: readonly number[]
  readonly amount: number
  readonly connections: number
  readonly rate: number | undefined
  /** False opens a connection for each request. */
  readonly keepAlive: boolean
  /** Requests that may be under way at once on each connection of HTTP/2. */
  readonly streams: number
}

/** Several, since that is what HTTP/2 is for; few enough for any server's limit (nginx: 128). */
const STREAMS = 4

/**
 * Groups the requests by where they go and gives each group its share, by weight, of the amount, the rate and the
 * connections. A group has one connection at least, and no more than requests; one without requests is left out.
 */
export function planLanes(
  requests: readonly RequestSpec[],
  aims: readonly Aim[],
  plan: Pick<LoadPlan, 'amount' | 'connections' | 'rate' | 'keepAlive' | 'streams'>,
): LanePlan[] {
  const groups = new Map<string, number[]>()
  aims.forEach(({ address, tls, proxyPort, protocol }, index) => {
    const key = JSON.stringify([address, tls, proxyPort, protocol])
    groups.set(key, [...(groups.get(key) ?? []), index])
  })
  const lanes = [...groups.values()].map((indexes) => {
    const weights = indexes.map((index) => requests[index]!.weight ?? 1)
    return { indexes, weights, weight: sumOf(weights) }
  })
  const shares = lanes.map(({ weight }) => weight)
  const all = sumOf(shares)
  const amounts = split(plan.amount, shares)
  // One for each lane first, the rest by weight.
  const more = split(Math.max(0, plan.connections - lanes.length), shares)
  const planned = lanes.map(
    ({ indexes, weights, weight }, lane): LanePlan => ({
      dial: aims[indexes[0]!]!,
      protocol: aims[indexes[0]!]!.protocol,
      indexes,
      weights,
      amount: amounts[lane]!,
      connections: Math.min(1 + more[lane]!, amounts[lane]!),
      keepAlive: plan.keepAlive ?? true,
      streams: plan.streams ?? STREAMS,
      rate: plan.rate === undefined ? undefined : (plan.rate * weight) / all,
    }),
  )
  return planned.filter(({ amount }) => amount > 0)
}
