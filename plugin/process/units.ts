import type { Values } from '../heap/verdict.js'

/** Growth below this, over the planned rounds, is an allocator's business. Bytes. */
export const LEAST_BYTES = 64 * 1024
/** What the screen counts: single bytes would make every small change of a buffer an event. */
export const UNIT = 1024

/** Bytes as the screen counts them. */
export function inUnits({ sum, byWorker }: Values): Values {
  const scaled = (values: readonly number[]) => values.map((bytes) => Math.round(bytes / UNIT))
  return { sum: scaled(sum), byWorker: byWorker.map(scaled) }
}
