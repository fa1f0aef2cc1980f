/** Of numbers, in their order; 0 of none. */
export function sumOf(numbers: Iterable<number>): number {
  return sumBy(numbers, (number) => number)
}

/** Of one number of each item, in their order; 0 of none. */
export function sumBy<Item>(items: Iterable<Item>, amountOf: (item: Item) => number): number {
  let sum = 0
  for (const item of items) sum += amountOf(item)
  return sum
}
