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
  const candidates = new Map<string, T[]>()
  for (const head of all.filter((held) => isOnlyOf(1, held))) {
    for (const likeness of likenessesOf(head, 1)) {
      const known = candidates.get(likeness)
      if (known) known.push(head)
      else candidates.set(likeness, [head])
    }
  }
  const taken = new Set<T>()
  return all
    .filter((held) => isOnlyOf(0, held))
    .flatMap((base): [T, T][] => {
      for (const likeness of likenessesOf(base, 0)) {
        const head = candidates.get(likeness)?.find((each) => !taken.has(each))
        if (!head) continue
        taken.add(head)
        return [[base, head]]
      }
      return []
    })
}

function isOnlyOf(side: 0 | 1, { objects }: Held): boolean {
  return objects[side] > 0 && objects[1 - side] === 0
}

/** For each step what it has in common with a path that differs in this step alone and holds as much. */
function likenessesOf({ vm, steps, objects, bytes }: Held, side: 0 | 1): string[] {
  return steps.map((_, at) => JSON.stringify([vm, objects[side], bytes[side], at, steps.toSpliced(at, 1)]))
}
