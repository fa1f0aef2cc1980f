import type { LostBlocks } from '../types/report.js'
import type { Snapshot } from '../types/snapshot.js'

/** More kinds say nothing that the first do not. */
const SHOWN = 3

type Moment = readonly Snapshot[]

/**
 * What the blocks are that were lost between two moments, workers summed: by size, and by the library that they begin with an address of,
 * those with the most bytes first. Undefined where no collection has come to them yet: then only the garbage that points at them is known.
 */
export function lostBlocks(before: Moment, after: Moment): LostBlocks | undefined {
  const sizes = gained(before, after, ({ sizes }) => sizes.map(([size, blocks]) => [size, blocks, size * blocks]))
  const libraries = gained(before, after, ({ libraries }) =>
    libraries.map(([target, blocks, bytes]) => [target.replace(/\+0x[0-9a-f]+$/, ''), blocks, bytes]),
  )
  if (sizes.length === 0) return undefined
  return {
    sizes: sizes.map(([size, blocks]) => [size, blocks]),
    ...(libraries.length > 0 && { libraries: libraries.map(([name, blocks, bytes]) => [name, blocks, bytes]) }),
  }
}

type Kind<Key> = readonly [key: Key, blocks: number, bytes: number]

function gained<Key>(
  before: Moment,
  after: Moment,
  kindsOf: (lost: NonNullable<Snapshot['process']['malloc']>['lost']) => readonly Kind<Key>[],
): Kind<Key>[] {
  const sums = new Map<Key, readonly [blocks: number, bytes: number]>()
  for (const [moment, sign] of [[before, -1] as const, [after, 1] as const]) {
    for (const [key, blocks, bytes] of moment.flatMap(({ process }) =>
      process.malloc ? kindsOf(process.malloc.lost) : [],
    )) {
      const [b, s] = sums.get(key) ?? [0, 0]
      sums.set(key, [b + sign * blocks, s + sign * bytes])
    }
  }
  return [...sums]
    .flatMap(([key, [blocks, bytes]]): Kind<Key>[] => (blocks > 0 ? [[key, blocks, bytes]] : []))
    .sort(([, , one], [, , other]) => other - one)
    .slice(0, SHOWN)
}
