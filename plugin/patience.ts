import type { Snapshot } from './types/snapshot.js'

/** Longest wait for timers that are due, in ms, in a run that would fail: sessions and caches are often swept every 10 s. */
export const PATIENCE_MS = 15_000
/** Longest time without a look, in ms. */
const LOOK_MS = 2000
/** What a timer may take to run once it is due, in ms. */
const RUN_MS = 100

/**
 * How long to wait until a timer has run that may still take away what grew.
 * @param moment snapshots of all processes
 * @param leftMs of the patience
 * @returns ms; 0 where no timer is due in time
 */
export function waitForTimers(moment: readonly Snapshot[], leftMs: number): number {
  const due = moment.flatMap(({ timers }) => timers?.dueMs ?? []).filter((ms) => ms + RUN_MS <= leftMs)
  return due.length === 0 ? 0 : Math.min(Math.max(...due) + RUN_MS, LOOK_MS, leftMs)
}
