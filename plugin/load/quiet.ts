import { setTimeout as sleep } from 'node:timers/promises'
import type { NginxCounters } from '../types/snapshot.js'

/** Time between two looks at a server that is still busy, in ms. */
export const LOOK_MS = 20

/**
 * nginx's counters once they are equal twice in a row, with no request in flight; what they are by then where that takes until `limit`.
 * @param limit on performance.now()'s clock, which may be put off meanwhile
 * @param meanwhile what there is to do in the first wait
 * @returns null where the build has none
 */
export async function quietCounters(
  counters: () => Promise<NginxCounters | null>,
  limit: () => number,
  signal?: AbortSignal,
  meanwhile?: () => void,
): Promise<NginxCounters | null> {
  let before = await counters()
  for (let work = meanwhile; before !== null && performance.now() < limit(); work = undefined) {
    const look = sleep(LOOK_MS, undefined, { signal })
    work?.()
    await look
    const after = await counters()
    if (after !== null && atRest(after) && same(before, after)) return after
    before = after
  }
  return before
}

function atRest({ reading, writing }: NginxCounters): boolean {
  return reading + writing === 0
}

function same(before: NginxCounters, after: NginxCounters): boolean {
  return before.requests === after.requests && before.accepted === after.accepted && before.active === after.active
}
