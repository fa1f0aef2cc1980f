/** What one path holds on both sides. Index 0 is base, 1 is head. */
export interface Held {
  readonly vm: string
  readonly steps: readonly string[]
  readonly objects: readonly [number, number]
  readonly bytes: readonly [number, number]
}

/**
 * Those that only one side has, of which the other has as much by a path with another key: pairs, base's first.
 * Two keys may lead to one table. The first that leads there names it, and the order of a hash decides which is first: it differs
 * from one start of the same program to the next. Paths that differ in one step alone are as near to the root, so either may be first.
 */
export function renamedPairs<T extends Held>(all: readonly T[]): [base: T, head: T][] {
  const onlyHead = all.filter(isOnlyOf(1))
  const taken = new Set<T>()
  return all.filter(isOnlyOf(0)).flatMap((base): [T, T][] => {
    const head = onlyHead.find((each) => !taken.has(each) && isSame(base, each))
    if (!head) return []
    taken.add(head)
    return [[base, head]]
  })
}

function isOnlyOf(side: 0 | 1) {
  return ({ objects }: Held) => objects[side] > 0 && objects[1 - side] === 0
}

function isSame(base: Held, head: Held): boolean {
  return (
    base.vm === head.vm &&
    base.objects[0] === head.objects[1] &&
    base.bytes[0] === head.bytes[1] &&
    base.steps.length === head.steps.length &&
    base.steps.filter((step, index) => step !== head.steps[index]).length === 1
  )
}
