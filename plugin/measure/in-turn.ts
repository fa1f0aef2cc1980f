/** The items with their indexes, in an order that turns round with each step: A B, then B A. What drifts in time then meets both alike. */
export function inTurn<T>(items: readonly T[], step: number): readonly (readonly [index: number, item: T])[] {
  const numbered = [...items.entries()]
  return step % 2 === 0 ? numbered : numbered.reverse()
}
