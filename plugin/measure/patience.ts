import type { Snapshot } from '../types/snapshot.js'

/** Longest wait for timers that are due, in ms, in a run that would fail: sessions and caches are often swept every 10 s. */
export const PATIENCE_MS = 15_000
/** Longest time without a look, in ms. */
const LOOK_MS = 2000
/** What a timer may take to run once it is due, in ms. */
const RUN_MS = 100
/** A timer that comes again and again is looked after ever more rarely: after this share of the time that was waited already. */
const SHARE_OF_WAIT = 1 / 3

/**
 * How long to wait until a timer has run that may still take away what grew.
 * @param moment snapshots of all processes
 * @param leftMs of the patience
 * @returns ms; 0 where no timer is due in time
 */
export function waitForTimers(moment: readonly Snapshot[], leftMs: number): number {
  const due = moment.flatMap(({ timers }) => timers?.dueMs ?? []).filter((ms) => ms + RUN_MS <= leftMs)
  if (due.length === 0) return 0
  const leastMs = (PATIENCE_MS - leftMs) * SHARE_OF_WAIT
  return Math.min(Math.max(...due.map((ms) => ms + RUN_MS), leastMs), LOOK_MS, leftMs)
}
