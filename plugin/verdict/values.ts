/** One number that was followed over the judged moments: summed over the workers, and for each of them. */
export interface Values {
  readonly sum: readonly number[]
  readonly byWorker: readonly (readonly number[])[]
  /** Items of a recognised bounded cache around it, all workers together, and how many it can hold. */
  readonly bound?: { readonly items: readonly number[]; readonly max: number }
}

/** The same series with each number changed, such as to another unit. */
export function mapValues(
  { sum, byWorker, bound }: Values,
  change: (series: readonly number[]) => readonly number[],
): Values {
  return { sum: change(sum), byWorker: byWorker.map(change), ...(bound && { bound }) }
}
