import { count, size } from '../base/number.js'
import { IDLE, lastLoaded, type Timeline } from '../verdict/timeline.js'
import type { Values } from '../verdict/values.js'

/** What a worker is taken to have. Bytes. */
export const WORKER_BYTES = 512e6

/** A cache that counts its items, and so bounds their number, but not the memory that they hold. */
export interface ItemBound {
  readonly items: number
  readonly max: number
  /** What `max` items would hold in each worker, by what those hold that came during the run. Bytes. */
  readonly bytesWhenFull: number
}

/**
 * The bound of a cache that is out of reach: long before it, a worker is full. An item weighs little on the Lua heap, but may hold any
 * amount of C memory. Undefined where all items fit, where the cache is full already, and where none came.
 * @param bytes what the items hold, by moment, all workers together
 * @param bound items by moment and their limit, all workers together
 */
export function boundOutOfReach(
  { sum: bytes }: Values,
  { items, max }: NonNullable<Values['bound']>,
  workers: number,
  timeline: Timeline,
): ItemBound | undefined {
  const last = lastLoaded(timeline)
  const came = items[last]! - items[IDLE]!
  if (came <= 0 || items[last]! >= max) return undefined
  const each = (bytes[last]! - bytes[IDLE]!) / came
  const bytesWhenFull = Math.round((each * max) / workers)
  return bytesWhenFull > WORKER_BYTES ? { items: items[last]!, max, bytesWhenFull } : undefined
}

/** `2,307 of 300,000 items, which together would hold 1.4 GB in each worker`. */
export function itemBoundWords({ items, max, bytesWhenFull }: ItemBound): string {
  return `${count(items)} of ${count(max)} items, which together would hold ${size(bytesWhenFull)} in each worker`
}
