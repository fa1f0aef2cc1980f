import { rate, sizeRate } from '../../base/number.js'
import type { Growth, TypeGrowth } from '../../types/growth.js'
import type { TypeName } from '../../types/snapshot.js'
import { paceOf } from './pace.js'

/** One type of a growth, as the cells of its row. */
export interface TypeRow extends TypeGrowth {
  readonly type: TypeName
  /** No object came: what is in those that are there grew, such as a buffer. */
  readonly isContents: boolean
}

/** The types of a growth, those with the most bytes first. */
export function typeRows({ types }: Pick<Growth, 'types'>): TypeRow[] {
  return (Object.entries(types) as [TypeName, TypeGrowth][])
    .sort(([, one], [, other]) => other.bytes - one.bytes)
    .map(([type, of]) => ({ ...of, type, isContents: of.objects === 0 && of.objectsPerRequest === 0 }))
}

/** `1.00/request`, `20.00/s`; nothing where it grows with time and nobody measured how fast. */
export function rateOf(growth: Growth, perRequest: number, figure = rate): string {
  const pace = paceOf(growth)
  return pace ? `${figure(perRequest * pace.factor)}/${pace.unit}` : ''
}

/** `1.00 (42 B)` below a head that says what it is by; what grows with time says so itself: `20.00/s (840 B/s)`. */
export function ratePair(growth: Growth, { objectsPerRequest, bytesPerRequest, isContents }: TypeRow): string {
  const pace = paceOf(growth)
  if (!pace) return ''
  const by = pace.unit === 's' ? '/s' : ''
  const bytes = `${sizeRate(bytesPerRequest * pace.factor)}${by}`
  return isContents ? bytes : `${rate(objectsPerRequest * pace.factor)}${by} (${bytes})`
}
