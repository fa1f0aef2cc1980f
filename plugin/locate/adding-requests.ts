import { nameOf } from '../load/plan/request.js'
import type { RequestShare } from '../types/growth.js'
import type { RequestSpec } from '../types/request.js'

/** A request that gains less than this share of what the one that gains most does is not sent first: its gain may be chance. */
const LEAST_SHARE = 0.05

/**
 * The requests of a plan that add to what grew, as far as sending each alone has told: of a hundred routes they show a line a hundred times
 * as fast. All of the plan's where that is not known of each growth.
 */
export function addingRequests(
  requests: readonly RequestSpec[],
  growths: readonly (readonly RequestShare[] | undefined)[],
): readonly RequestSpec[] {
  const names = new Set<string>()
  for (const shares of growths) {
    const most = Math.max(0, ...(shares ?? []).map(({ perRequest }) => perRequest))
    if (!shares || most === 0) return requests
    for (const { request, perRequest } of shares) if (perRequest >= LEAST_SHARE * most) names.add(request)
  }
  const adding = requests.filter((request) => names.has(nameOf(request)))
  return adding.length > 0 ? adding : requests
}
