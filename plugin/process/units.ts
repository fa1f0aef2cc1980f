import { mapValues, type Values } from '../verdict/values.js'

/** Growth below this, over the planned rounds, is an allocator's business. Bytes. */
export const LEAST_BYTES = 64 * 1024
/** What the screen counts: single bytes would make every small change of a buffer an event. */
export const UNIT = 1024

/** Bytes as the screen counts them. */
export function inUnits(values: Values): Values {
  return mapValues(values, (series) => series.map((bytes) => Math.round(bytes / UNIT)))
}
