import { setTimeout as sleep } from 'node:timers/promises'
import type { NginxCounters } from '../types/snapshot.js'

export interface QuietOptions {
  readonly signal?: AbortSignal | undefined
  /** Work of the caller's own, done once, in the first wait; not at all where nothing is waited for. */
  readonly meanwhile?: (() => void) | undefined
}

export interface QuietCountersOptions extends QuietOptions {
  /** What the caller has seen before, null where the build counts nothing. Default: a look is taken. */
  readonly first?: NginxCounters | null
}

/** Time between two looks at a server that is still busy, in ms. */
export const LOOK_MS = 20

/**
 * nginx's counters once they are equal twice in a row, with no request in flight; what they are by then where that takes until `limit`.
 * @param limit on performance.now()'s clock; it may be put off meanwhile
 * @returns null where the build has none
 */
export async function quietCounters(
  counters: () => Promise<NginxCounters | null>,
  limit: () => number,
  { signal, meanwhile, first }: QuietCountersOptions = {},
): Promise<NginxCounters | null> {
  let before = first === undefined ? await counters() : first
  let work = meanwhile
  while (before !== null && performance.now() < limit()) {
    const waited = sleep(LOOK_MS, undefined, { signal })
    work?.()
    work = undefined
    await waited
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
